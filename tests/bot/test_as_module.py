"""`python -m bot`, which is `quoth`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_package_runs_as_the_command_and_imports_nothing_from_where_the_user_stands(tmp_path: Path) -> None:
    for name in ("typer", "retrieval", "platformdirs"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the working folder')\n")
    process = subprocess.run(
        [sys.executable, "-m", "bot", "status", "--index", "nowhere"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.startswith(f"quoth: There is no index at {tmp_path / 'nowhere'}: build one with")
