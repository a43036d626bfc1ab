"""The line that is typed: what TAB offers, and the history on disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory

from bot.chat.prompt import KEPT, Names, open_history
from tests.odd_files import put_odd_file

NAMES = Names(["/raw", "/new", "/sources"], ["The museum of clocks", "The  market\nmoves", "Mayor", "\x1b[31mRed"])


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("/", ["/raw", "/new", "/sources"]),
        ("/S", ["/sources"]),
        ("/raw ", []),
        ("/sources ma", ["/sources Mayor"]),
        ("ma", ["Mayor"]),
        ("m", []),
        ("is the m", ["is The market moves", "is The museum of clocks"]),
        ("does the museum o", ["does The museum of clocks"]),
        ("smart ma", ["smart Mayor"]),
        ("dharma", []),
        ("\\x1b", [r"\x1b[31mRed"]),
        ("", []),
    ],
)
def test_tab_goes_on_with_what_is_typed(typed: str, completed: list[str]) -> None:
    completions = NAMES.get_completions(Document(typed), CompleteEvent(completion_requested=True))
    assert [
        typed[: len(typed) + completion.start_position] + completion.text for completion in completions
    ] == completed


def test_the_last_thousand_entries_are_kept_whole(tmp_path: Path) -> None:
    file = tmp_path / "state" / "history"
    history = open_history(file)
    for number in range(KEPT + 20):
        history.store_string(f"question {number}\n# its second line")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    newest_first = list(open_history(file).load_history_strings())
    assert newest_first == [f"question {number}\n# its second line" for number in reversed(range(20, KEPT + 20))]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["history"]


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", ["pipe", "socket"])  # to take a device for a file would change its mode
def test_a_history_that_is_no_file_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    put_odd_file(tmp_path / "history", kind)
    assert isinstance(open_history(tmp_path / "history"), InMemoryHistory)


def test_no_history_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("my own")
    (tmp_path / "history.new").symlink_to(tmp_path / "own")
    (tmp_path / "history").write_text("\n# 2024\n+a\n" * (KEPT + 1))
    open_history(tmp_path / "history")
    assert (tmp_path / "own").read_text() == "my own"


def test_a_history_that_anybody_could_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "history").touch(0o644)
    open_history(tmp_path / "history")
    assert stat.S_IMODE((tmp_path / "history").stat().st_mode) == 0o600


def test_where_no_history_can_be_kept_there_is_this_sessions(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert isinstance(open_history(tmp_path / "file" / "history"), InMemoryHistory)


def test_a_line_that_cannot_be_stored_does_not_end_the_conversation(tmp_path: Path) -> None:
    history = open_history(tmp_path / "state" / "history")
    history.store_string("a lone surrogate \ud800")
    assert list(history.load_history_strings()) == ["a lone surrogate ?"]
    (tmp_path / "state" / "history").unlink()
    (tmp_path / "state" / "history").mkdir()
    history.store_string("lost")
