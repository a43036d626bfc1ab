"""What an installed quoth has beside its modules."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "retrieval", "config")
LEFT_OUT = {"reader-int8.onnx", "reader.json"}  # a model of 22 MB that no answer is read with


def test_every_file_that_is_no_module_is_package_data() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    listed = {
        file for package, patterns in declared.items() for pattern in patterns
        for file in ROOT.joinpath(*package.split(".")).glob(pattern)
    }  # fmt: skip
    files = {file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file()}
    others = {file for file in files if file.suffix not in (".py", ".pyc") and file.name not in LEFT_OUT}
    assert others == listed
    assert ROOT / "bot" / "formats" / "page.html" in listed
