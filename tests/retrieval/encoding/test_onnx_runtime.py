"""ONNX Runtime writes nothing of its own, and so has nothing to send."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import retrieval
from retrieval.answering.reader import BUILT_IN_FOLDER, MODEL

ROOT = Path(retrieval.__file__).resolve().parents[1]


def test_it_leaves_no_store_of_reports_behind(tmp_path: Path) -> None:
    code = (
        "import sys; from retrieval.encoding.onnx_runtime import open_session; open_session(sys.argv[1]).get_inputs()"
    )
    quiet = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    environment = {name: value for name, value in os.environ.items() if name not in quiet} | home
    subprocess.run(
        [sys.executable, "-c", code, str(BUILT_IN_FOLDER / MODEL)], env=environment, cwd=tmp_path, check=True
    )
    assert list(tmp_path.rglob("*")) == []
