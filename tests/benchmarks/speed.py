"""Time a question, a process and an index, each beside sentence-transformers in the same run.

Runs alternate (A B A B ...), and each pair's times are compared by their ratio, which holds when the machine's
speed drifts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from retrieval import Engine
from retrieval.encoding.models import default_cache
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.records import Filter
from retrieval.settings import AnswerSettings
from tests.benchmarks.common import (
    SEEDS,
    SQUAD,
    available,
    gold_questions,
    index,
    median,
    model_path,
    squad,
    table,
    temporary,
)

MANY = 10_000  # passages
THINGS = ("lighthouse", "church tower", "harbour wall", "bridge", "water mill", "granary", "town gate")
QUESTION = "What did Russia ask Albania to clarify?"
PEER_PROCESS = """
from sentence_transformers import SentenceTransformer
print(SentenceTransformer({path!r}, device="cpu").encode({question!r}).shape)
"""


def main() -> None:
    """Print the table."""
    rows = []
    with temporary() as folder:
        index(SEEDS, folder / "seeds")
        rows.append(_questions(folder / "seeds", "seeds"))
        rows.append(_process(folder / "seeds"))
        rows.append(_unchanged(folder / "seeds"))
        rows += _filtered(folder / "many")
        if available(SQUAD, "speed on SQuAD part A"):
            (folder / "squad").mkdir()
            squad(folder / "squad")
            index(folder / "squad", folder / "index")
            rows.append(_questions(folder / "index", "SQuAD part A"))
            rows.append(_passages(folder / "index"))
    table(
        "Speed, beside sentence-transformers",
        ("", "quoth", "sentence-transformers", "ratio, median (min to max)", "bar"),
        rows,
        f"{os.cpu_count()} processors. The peer: encode of the question alone; a process that imports it, "
        "loads the model and encodes one question; encode of the same passages.",
    )


def _questions(where: Path, name: str) -> tuple[str, str, str, str, str]:
    engine, peer = Engine.open(where), _peer()
    questions = [line["question"] for line in gold_questions()]
    for question in questions[:5]:
        engine.ask(question)
        peer(question)
    ours, theirs = _pairs([(partial(engine.ask, question), partial(peer, question)) for question in questions])
    ratio = median(ours) / median(theirs)
    return (
        f"a question, index open, p50 ({name})",
        f"{1000 * median(ours):.1f} ms",
        f"{1000 * median(theirs):.1f} ms",
        f"{ratio:.2f}",
        "<= 1.0",
    )


def _process(where: Path) -> tuple[str, str, str, str, str]:
    quoth = [sys.executable, "-m", "bot.main", "ask", QUESTION, "--index", str(where)]
    peer = [sys.executable, "-c", PEER_PROCESS.format(path=model_path(), question=QUESTION)]
    for command in (quoth, peer):
        _run(command)
    ours, theirs = _pairs([(lambda: _run(quoth), lambda: _run(peer))] * 7)
    return _compared("from process start to printed answer", ours, theirs, "<= 0.2", "s")


def _unchanged(where: Path) -> tuple[str, str, str, str, str]:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        assert index(SEEDS, where).unchanged
        times.append(time.perf_counter() - began)
    return "indexing the unchanged seeds again, after start-up", f"{1000 * median(times):.0f} ms", "", "", "< 1 s"


def _filtered(folder: Path) -> list[tuple[str, str, str, str, str]]:
    """Compare filtered questions with unfiltered ones; no reader reads them, which would hide what a filter takes."""
    folder.mkdir()
    index(_articles(folder / "articles.jsonl"), folder / "index")
    engine = Engine.open(folder / "index", AnswerSettings(reader=None))
    assert len(engine.generation.passages) == MANY
    questions = [f"How high is the {thing} of Port{number}?" for number in range(0, 200, 4) for thing in THINGS[:2]]
    rows = []
    for within in (Filter(tag="t7"), Filter(tag="every100"), Filter(source="Gazette")):
        filtered = partial(engine.ask, within=within)
        left = filtered(questions[0]).filtered
        assert left is not None
        engine.ask(questions[0])
        ours, theirs = _pairs([(partial(filtered, question), partial(engine.ask, question)) for question in questions])
        rows.append((
            f"a question under a filter that leaves {left.articles:,} of {MANY:,} passages, no reader, p50",
            f"{1000 * median(ours):.1f} ms",
            f"(without the filter {1000 * median(theirs):.1f} ms)",
            f"{median(ours) / median(theirs):.2f}",
            "<= 1.2",
        ))  # fmt: skip
    return rows


def _articles(file: Path) -> Path:
    """Write articles of one passage each."""
    with file.open("w") as lines:
        for number in range(MANY):
            thing, height = THINGS[number % len(THINGS)], 10 + number % 90
            tags = [f"t{number}", *(["every100"] if number % 100 == 0 else [])]
            source = ("Gazette", "Courier")[number % 2]
            text = (
                f"The {thing} of Port{number % 997} is {height} metres high, and it was built in {1500 + number % 500}."
            )
            lines.write(json.dumps({"_id": str(number), "text": text, "tags": tags, "source": source}) + "\n")
    return file


def _passages(where: Path) -> tuple[str, str, str, str, str]:
    from sentence_transformers import SentenceTransformer

    generation = Engine.open(where).generation
    texts = [generation.article(int(article)).text[start:end] for article, start, end in generation.passages.tolist()]
    encoder = passage_encoder(EncoderSettings(engine="onnx"), default_cache()).load()
    peer = SentenceTransformer(model_path(), device="cpu")

    def ours() -> None:
        for _ in encoder.passages(("", text) for text in texts):
            pass

    def theirs() -> None:
        peer.encode(texts, show_progress_bar=False)

    ours()
    theirs()
    mine, other = _pairs([(ours, theirs)] * 3)
    ratios = sorted(b / a for a, b in zip(mine, other, strict=True))
    return (
        f"passages encoded a second ({encoder.spec.precision})",
        f"{len(texts) / median(mine):.0f}",
        f"{len(texts) / median(other):.0f}",
        f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        ">= 1.5",
    )


def _compared(name: str, ours: list[float], theirs: list[float], bar: str, unit: str) -> tuple[str, str, str, str, str]:
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    return (
        name,
        f"{median(ours):.2f} {unit}",
        f"{median(theirs):.2f} {unit}",
        f"{median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})",
        bar,
    )


def _pairs(calls: list[tuple[Callable[[], object], Callable[[], object]]]) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for our_call, their_call in calls:
        for call, times in ((our_call, ours), (their_call, theirs)):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
    return ours, theirs


def _peer() -> Callable[[str], object]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(model_path(), device="cpu")
    return lambda question: model.encode(question, show_progress_bar=False)


def _run(command: list[str]) -> None:
    process = subprocess.run(command, capture_output=True, check=False)
    if process.returncode:
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}: {process.stderr.decode()[-300:]}")
