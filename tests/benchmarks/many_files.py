"""Index 3,000 Markdown files, then again without a change: whole processes, and the longest silence in their log.

The files are drawn from paragraphs of the seeds and, where it is available, SQuAD part A, each with front matter,
headings and a list; no two are the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks.common import ROOT, SEEDS, SQUAD, table, temporary

FILES, SECTIONS = 3_000, 3
COMMAND = [sys.executable, "-m", "bot.main", "index"]


@dataclass(frozen=True, slots=True)
class Indexing:
    """One run of `quoth index`."""

    seconds: float
    silence: float
    """The longest time without a line in the log."""
    lines: int
    summary: str


def main() -> None:
    """Print the table."""
    with temporary() as folder:
        corpus = folder / "corpus"
        corpus.mkdir()
        _write(corpus)
        runs = [(name, _index(corpus, folder / "index")) for name in ("new", "again, unchanged")]
        (corpus / "0.md").write_text("# Another\n\nThe ferry leaves at nine.\n", "utf-8")
        runs.append(("again, one file changed", _index(corpus, folder / "index")))
    rows = [
        (
            name,
            f"{run.seconds:.1f} s",
            f"{run.silence:.0f} s",
            str(run.lines),
            run.summary.partition("holds")[2].strip(),
        )
        for name, run in runs
    ]
    table(
        f"`quoth index` of {FILES:,} Markdown files",
        ("", "whole process", "longest silence of the log", "lines", "holds"),
        rows,
        "bars: again, unchanged < 5 s; a line in the log at least every 30 s",
    )


def _write(corpus: Path) -> None:
    paragraphs = _paragraphs()
    drawn = np.random.default_rng(0)
    for number in range(FILES):
        chosen = [paragraphs[row] for row in drawn.choice(len(paragraphs), SECTIONS, replace=False)]
        sections = [
            f"## Section {place}\n\n{paragraph}\n\n- Number: {number}\n- Place: {place}\n"
            for place, paragraph in enumerate(chosen, 1)
        ]
        (corpus / f"{number}.md").write_text(f"---\ntitle: File {number}\n---\n\n" + "\n".join(sections), "utf-8")


def _paragraphs() -> list[str]:
    texts = [file.read_text("utf-8") for file in sorted(SEEDS.glob("*.md"))]
    if SQUAD.exists():
        articles = json.loads(SQUAD.read_text("utf-8"))["data"]
        texts += [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]
    pieces = (piece.strip() for text in texts for piece in text.split("\n\n"))
    return [piece for piece in pieces if len(piece) > 100 and not piece.startswith(("---", "#"))]


def _index(corpus: Path, folder: Path) -> Indexing:
    began = last = time.perf_counter()
    silence, log = 0.0, list[str]()
    command = [*COMMAND, str(corpus), "--index", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            now = time.perf_counter()
            silence, last = max(silence, now - last), now
            log.append(line)
    assert process.returncode == 0, "".join(log)
    ended = time.perf_counter()
    summary = next((line for line in log if "passages" in line and "so far" not in line), "")
    return Indexing(ended - began, max(silence, ended - last), len(log), summary.replace("Nothing to do:", "holds"))
