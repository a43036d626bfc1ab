"""The completions of a command line that is being typed: fast, and silent whatever goes wrong."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stderr
from typing import Any, NamedTuple

NOTHING = 1
"""The exit status where completions cannot be found."""
_UNSAFE = re.compile(r"([^\w@%+=:,./#~^-])")
_QUOTES = "\"'"
_KEPT = "$@"
"""The break marks of bash that stay in the word that they begin: readline's special prefixes."""


class Typed(NamedTuple):
    """A command line up to the cursor."""

    words: list[str]
    """Those before the one that is being typed, without the command."""
    begun: str
    """The word that is being typed."""
    start: int = 0
    """Where in it that part begins which bash replaces: behind its last break mark, or in the quotes that are open."""
    in_quotes: bool = False


def complete(group: Any, shell: str, arguments: Sequence[str]) -> int:
    """Print the completions of what is typed, one a line, as the shell's script reads them."""
    try:
        *words, begun = arguments or [""]
        typed = parse(_line(), os.environ.get("COMP_WORDBREAKS", "")) if shell == "bash" else Typed(words, begun)
        with redirect_stderr(io.StringIO()):
            lines = list(_lines(group, shell, typed))
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    except Exception:  # noqa: BLE001 - whoever types is not to be told of faults
        return NOTHING
    return 0


def _lines(group: Any, shell: str, typed: Typed) -> Iterator[str]:
    from typer._completion_classes import BashComplete

    items = BashComplete(group, {}, "quoth", "").get_completions(typed.words, typed.begun)
    option, equals, _ = typed.begun.partition("=") if typed.begun.startswith("--") else ("", "", "")
    before = option + equals if equals else ""
    helps = {f"{before}{item.value}": " ".join(str(item.help or "").split()) for item in items}
    # What a terminal obeys has no place on a line that is run.
    printable = {value: help if help.isprintable() else "" for value, help in helps.items() if value.isprintable()}
    if shell == "bash":
        yield from _in_bash(printable, typed)
    else:
        yield from (f"{value}\t{help}" if help else value for value, help in printable.items())


def _in_bash(values: Iterable[str], typed: Typed) -> Iterator[str]:
    """Yield what bash is to put in the place of the part that it replaces."""
    replaced = typed.begun[typed.start :]
    rests = [value[typed.start :] for value in values if value.startswith(typed.begun[: typed.start])]
    beginning = os.path.commonprefix(rests)  # noqa: RUF071 - character by character, as bash has it
    if len(rests) > 1 and replaced.casefold() not in beginning.casefold():
        yield ""  # else bash would put that in the place of what is typed
    yield from (rest if typed.in_quotes else _UNSAFE.sub(r"\\\1", rest) for rest in rests)


def _line() -> str:
    line = os.fsencode(os.environ["COMP_LINE"])
    return os.fsdecode(line[: int(os.environ["COMP_POINT"])])


def parse(line: str, breaks: str) -> Typed:
    """Return the words of a line of bash that may end anywhere, even in quotes; `breaks` are its break marks."""
    words, word, quote, is_word, escaped = list[str](), "", "", False, False
    start = quoted = 0
    for char in line:
        if escaped:
            word, escaped = word + char, False
        elif char == "\\" and quote != "'":
            is_word = escaped = True
        elif quote:
            word, quote = (word, "") if char == quote else (word + char, quote)
        elif char in _QUOTES:
            quote, is_word, quoted = char, True, len(word)
        elif not char.isspace():
            word, is_word = word + char, True
            if char in breaks:
                start = len(word) - (char in _KEPT)
        elif is_word:
            words.append(word)
            word, is_word, start = "", False, 0
    return Typed(words[1:], word, quoted if quote else start, bool(quote))
