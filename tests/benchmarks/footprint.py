"""Measure bytes on disk and in memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from retrieval.index import folder as folders
from tests.benchmarks.common import SEEDS, SQUAD, available, index, squad, table, temporary
from tests.benchmarks.speed import QUESTION

KB = 1000
LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
assert status == 0, status
print(usage.ru_maxrss)
"""


def main() -> None:
    """Print the table."""
    rows = []
    with temporary() as folder:
        report = index(SEEDS, folder / "seeds")
        rows.append(
            _disk("bytes a passage on disk, all told (seeds)", folder / "seeds", report.manifest.counts.passages)
        )
        if available(SQUAD, "footprint on SQuAD part A"):
            (folder / "squad").mkdir()
            squad(folder / "squad")
            report = index(folder / "squad", folder / "index")
            count = report.manifest.counts.passages
            rows.append(_disk("bytes a passage on disk, all told (SQuAD part A)", folder / "index", count))
        peak = max(_peak(folder / "seeds") for _ in range(3))
    rows.append(("peak memory of `quoth ask` on the seeds", f"{peak / 1024:.0f} MB", "<= 450 MB"))
    table("Footprint", ("", "", "bar"), rows)


def _disk(name: str, where: Path, passages: int) -> tuple[str, str, str]:
    folder, _ = folders.current(where)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return name, f"{size / passages / KB:.1f} KB", "<= 15 KB"


def _peak(where: Path) -> int:
    """Return one process's peak resident memory in KiB, as the kernel counts it."""
    command = [sys.executable, "-m", "bot.main", "ask", QUESTION, "--index", str(where)]
    # A small process starts it: memory that a forked child holds before exec counts towards its peak too.
    process = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *command], capture_output=True, text=True, check=True
    )
    return int(process.stdout)
