"""The Makefile's help, and its error without a question."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parents[1] / "Makefile"
TARGET = re.compile(r"^([a-z-]+):.*?(?:## (.*))?$", re.MULTILINE)

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def targets() -> dict[str, str]:
    """Return the Makefile's targets with their help; "" for those without."""
    return dict(TARGET.findall(MAKEFILE.read_text("utf-8")))


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Makefile in an otherwise empty folder, without the environment of an outer make."""
    shutil.copy(MAKEFILE, folder)
    outer = {"Q", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@needs_make
def test_plain_make_explains_every_target(tmp_path: Path) -> None:
    help_text = make(tmp_path)
    lines = dict(re.findall(r"^make ([\w-]+) +(.+)$", help_text.stdout, re.MULTILINE))
    assert (help_text.returncode, help_text.stderr) == (0, "")
    assert lines == {name: text for name, text in targets().items() if text}
    assert lines.keys() == targets().keys() - {"question"}
    assert list(tmp_path.iterdir()) == [tmp_path / "Makefile"]


@needs_make
@pytest.mark.parametrize("arguments", [["ask"], ["ask", "Q="]])
def test_make_ask_without_a_question_is_one_sentence(tmp_path: Path, arguments: list[str]) -> None:
    refused = make(tmp_path, *arguments)
    assert refused.returncode == 2
    assert refused.stderr.startswith('The question is missing: give it as in make ask Q="Who signed the letter?"\n')
    assert list(tmp_path.iterdir()) == [tmp_path / "Makefile"]
