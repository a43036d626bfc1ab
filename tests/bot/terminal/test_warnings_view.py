"""What a build did not read, as a terminal shows it."""

from __future__ import annotations

import sys

import pytest

from bot.terminal.screen import screen
from bot.terminal.warnings_view import show_warnings
from retrieval.extras import named
from retrieval.records import Warn


def test_a_missing_extra_is_installed_into_the_environment_that_runs(capsys: pytest.CaptureFixture[str]) -> None:
    show_warnings(screen(), [Warn("report.docx", f"needs {named('documents')}")], None)
    out = capsys.readouterr().out
    assert f"needs quoth's extra documents: {sys.executable} -m pip install -e '" in out
    assert "[documents]'" in out
