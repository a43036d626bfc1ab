"""Shared by all benchmarks: data sets, indexes, figures and tables."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from retrieval import Engine
from retrieval.encoding.models import DEFAULT_MODEL, default_cache, locate
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.index.build import Report, build
from retrieval.index.manifest import PassageSettings

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SQUAD = SHARED / "data" / "squad2-part-a.json"
OFF_CORPUS = SHARED / "data" / "off-corpus-questions.txt"
SCRAPES = SHARED / "seeds"
SEEDS = ROOT / "seeds" / "articles"
GOLD = ROOT / "seeds" / "gold.jsonl"
DOCUMENTS = SHARED / "docs"
STRUCTURE = ROOT / "tests" / "benchmarks" / "structure.jsonl"
ORIGINALS = ROOT / "tests" / "benchmarks" / "originals.jsonl"

_console = Console(width=110)


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A SQuAD question with the spans of its article's text file that answer it; no spans if it is unanswerable."""

    text: str
    article: str
    gold: tuple[tuple[int, int], ...]


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
    """Print one benchmark's table."""
    grid = Table(title=title, caption=note or None, title_justify="left", caption_justify="left")
    for number, column in enumerate(columns):
        grid.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        grid.add_row(*row)
    _console.print(grid)
    _console.print()


def available(path: Path, benchmark: str) -> bool:
    """Return whether the data exists; if not, print what is skipped."""
    if not path.exists():
        print(f"{benchmark}: skipped, its data {path.name} is not beside this checkout", file=sys.stderr)
    return path.exists()


def squad(folder: Path) -> list[SquadQuestion]:
    """Write SQuAD part A's articles as .txt files with blank lines between paragraphs, and return its questions."""
    questions = []
    for article in json.loads(SQUAD.read_text("utf-8"))["data"]:
        text = ""
        for paragraph in article["paragraphs"]:
            text += "\n\n" if text else ""
            for qa in paragraph["qas"]:
                answers = [] if qa["is_impossible"] else qa["answers"]
                starts = [(len(text) + answer["answer_start"], answer["text"]) for answer in answers]
                gold = sorted({(start, start + len(answer)) for start, answer in starts})
                questions.append(SquadQuestion(qa["question"], article["title"], tuple(gold)))
            text += paragraph["context"]
        (folder / f"{article['title']}.txt").write_bytes(text.encode())
    return questions


def off_corpus() -> list[str]:
    """Return questions that part A's articles do not answer."""
    return [line for line in OFF_CORPUS.read_text("utf-8").splitlines() if line.strip()]


def gold_questions() -> list[dict[str, Any]]:
    """Return the seeds' gold questions without the follow-ups and their versions written out in full."""
    lines = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
    return [line for line in lines if not line.get("history") and "full" not in line["tags"]]


@contextmanager
def temporary() -> Iterator[Path]:
    """Yield a folder that exists for one benchmark."""
    with tempfile.TemporaryDirectory(prefix="quoth-bench-") as folder:
        yield Path(folder)


def index(corpus: Path, folder: Path, precision: str = "auto", *, model: str = DEFAULT_MODEL, **options: Any) -> Report:
    """Index a corpus, with the default model unless another is named."""
    settings = EncoderSettings(model, precision=precision)  # type: ignore[arg-type]
    return build(
        corpus,
        folder,
        lambda before: passage_encoder(settings, default_cache(), before.manifest.encoder if before else None),
        PassageSettings(),
        **options,
    )


def model_path() -> str:
    """Return the folder of the default model, for the peers."""
    return str(locate(EncoderSettings().model).path)


def covers(start: int, end: int, gold: Sequence[tuple[int, int]]) -> bool:
    """Return whether a span covers one of the gold spans."""
    return any(start <= first and last <= end for first, last in gold)


def status_of(name: str) -> int:
    """Return a figure of this process' memory in KiB, as the kernel names it: VmHWM, its peak, or RssAnon."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def mean(values: Sequence[float]) -> float:
    """Return the mean."""
    return sum(values) / len(values)


def mean_words(engine: Engine) -> float:
    """Return the mean number of words in an index's sentences."""
    generation = engine.generation
    rows = range(len(generation.sentences))
    return mean([len(generation.text(generation.sentence(row)).split()) for row in rows])


def median(values: Sequence[float]) -> float:
    """Return the median, or the upper of two."""
    return sorted(values)[len(values) // 2]


def auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Return how often a positive's value lies above a negative's; ties count half."""
    above = (positive[:, None] > negative).sum() + 0.5 * (positive[:, None] == negative).sum()
    return float(above / (len(positive) * len(negative)))
