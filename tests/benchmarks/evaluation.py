"""Time `quoth eval`, and asking the same questions without evaluating."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.common import ROOT, SQUAD, available, index, squad, table, temporary

RUNS = 3
ASKING = """
import sys
from retrieval import Engine
engine = Engine.open(sys.argv[1])
for line in open(sys.argv[2], encoding="utf-8"):
    engine.ask(line.strip())
"""


def main() -> None:
    """Print the table."""
    if not available(SQUAD, "how long an evaluation takes"):
        return
    with temporary() as folder:
        (folder / "corpus").mkdir()
        questions = squad(folder / "corpus")
        index(folder / "corpus", folder / "index")
        (folder / "questions.txt").write_text("\n".join(question.text for question in questions), "utf-8")
        runs = [(_asking(folder), _evaluating(folder)) for _ in range(RUNS)]
    ratio = sorted(evaluating / asking for asking, evaluating in runs)
    table(
        f"SQuAD part A, all {len(questions):,} questions, from process start to end, medians of {RUNS}",
        ("", "seconds", "for 3,000 questions"),
        [
            _row("asking alone, in one process", sorted(asking for asking, _ in runs)[RUNS // 2], len(questions)),
            _row(
                "quoth eval, with tables, JSON and HTML",
                sorted(evaluating for _, evaluating in runs)[RUNS // 2],
                len(questions),
            ),
        ],
        f"quoth eval / asking alone: {ratio[RUNS // 2]:.2f} ({ratio[0]:.2f} to {ratio[-1]:.2f}). Bar: 60 s for 3,000.",
    )


def _row(name: str, seconds: float, count: int) -> tuple[str, str, str]:
    return name, f"{seconds:.1f}", f"{seconds * 3000 / count:.1f}"


def _asking(folder: Path) -> float:
    return _timed([sys.executable, "-c", ASKING, str(folder / "index"), str(folder / "questions.txt")])


def _evaluating(folder: Path) -> float:
    files = ["--json", str(folder / "run.json"), "--html", str(folder / "run.html")]
    return _timed([sys.executable, "-m", "bot.main", "eval", str(SQUAD), "--index", str(folder / "index"), *files])


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began
