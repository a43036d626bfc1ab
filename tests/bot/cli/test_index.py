"""`quoth index`: what it says of the files that it does not read."""

from __future__ import annotations

import pytest

from bot.cli.index import show_warnings
from bot.terminal.screen import screen
from retrieval.records import Warn

WARNINGS = (
    Warn("a.xlsx", "is of a format that is not read (.xlsx)", unread=".xlsx"),
    Warn("b.txt", "is empty"),
    Warn("c.xlsx", "is of a format that is not read (.xlsx)", unread=".xlsx"),
    Warn("d", "is of a format that is not read (no ending)", unread="no ending"),
)


@pytest.mark.parametrize("most", [None, 5])
def test_files_of_other_formats_are_counted_and_named_on_request(
    most: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    show_warnings(screen(), WARNINGS, most)
    out = capsys.readouterr().out
    counted = "not read, since their formats are not supported: 2 .xlsx, 1 no ending (--verbose names them)"
    assert (counted in out) == (most is not None)
    assert ("c.xlsx" in out) == (most is None)
    assert "b.txt" in out
