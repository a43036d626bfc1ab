"""The line that is typed in a terminal: history, completion, pasted lines, Ctrl-C and Ctrl-D."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.shortcuts import CompleteStyle

from bot.formats.visible import one_line, short
from retrieval.records import Filter
from retrieval.regular_files import check_regular_or_new

PROMPT = "quoth> "
KEPT = 1000  # lines of history
LONGEST_FILTER = 40  # characters of the filter that the prompt shows
SHORTEST = 2  # letters from which a title is completed


def prompt_session(
    commands: Sequence[str], titles: Sequence[str], history: Path, prompt: Callable[[], str] = lambda: PROMPT
) -> PromptSession[str]:
    """Return the prompt that reads lines; several that are pasted together are one.

    `prompt` returns what stands before each line.
    """
    return PromptSession(
        prompt,
        multiline=True,
        prompt_continuation=lambda width, number, is_soft: " " * width,
        key_bindings=_keys(),
        completer=Names(commands, titles),
        complete_while_typing=False,
        complete_style=CompleteStyle.READLINE_LIKE,
        history=open_history(history),
    )


class Names(Completer):
    """Completes commands at the start of a line, and titles of articles anywhere."""

    def __init__(self, commands: Sequence[str], titles: Sequence[str]) -> None:
        self._commands = commands
        self._titles = sorted({one_line(title) for title in titles}, key=str.casefold)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Return the commands, or the titles that go on as the words before the cursor do, most words first."""
        typed = document.text_before_cursor
        if re.fullmatch(r"/\S*", typed):
            yield from (Completion(name, -len(typed)) for name in self._commands if name.startswith(typed.lower()))
            return
        for word in re.finditer(r"(?<!\S)\S", typed):
            begun = typed[word.start() :]
            titles = [title for title in self._titles if title.casefold().startswith(begun.casefold())]
            if len(begun) >= SHORTEST and titles:
                yield from (Completion(title, -len(begun)) for title in titles)
                return


def prompt_of(within: Filter | None) -> str:
    """Return what stands before a line, with the filter that is on."""
    if within is None:
        return PROMPT
    values = short(" ".join(f"{name} {value}" for name, value in within.criteria.items()), LONGEST_FILTER)
    return f"{PROMPT.rstrip('> ')} [{values}]> "


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=has_focus(DEFAULT_BUFFER))
    def accept(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    @keys.add("c-c", filter=has_focus(DEFAULT_BUFFER))
    @keys.add("<sigint>")
    def clear(event: KeyPressEvent) -> None:
        event.current_buffer.reset()

    return keys


def open_history(file: Path) -> History:
    """Return the lines of earlier sessions, for their owner's eyes; where they cannot be kept, this session's alone."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_regular_or_new(file)
        os.close(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        file.chmod(0o600)
        _cap(file)
    except OSError:
        return InMemoryHistory()
    return _KeptHistory(str(file))


class _KeptHistory(FileHistory):
    def store_string(self, string: str) -> None:
        """Append a line; a disk that is full must not end the conversation."""
        try:
            super().store_string(string.encode("utf-8", "replace").decode())
        except OSError:
            return


def _cap(file: Path) -> None:
    """Keep the last entries: each is a comment with its time, and a line beginning with + for each of its own."""
    entries = re.split(rb"\n(?=# )", file.read_bytes())
    if len(entries) > KEPT:
        beside = file.with_suffix(".new")
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(beside, flags, 0o600), "wb") as stream:
            stream.write(b"\n" + b"\n".join(entries[-KEPT:]))
        beside.replace(file)
