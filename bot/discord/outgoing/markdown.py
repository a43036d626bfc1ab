"""Discord's Markdown: text written so that nothing in it is live, and read back character by character.

Discord drops a backslash before any character that is neither a letter, a digit nor white space, and shows that
character plainly. Only what could begin or end something live has one, and so has each backslash of the text's own:
what Discord's own apps show has no backslash more than the text, and what others show has few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.languages.catalogue import Message
from retrieval.readable import readable

QUOTED = "> "
"""What every line of a block quote begins with."""
MARK = "**"
"""What words in a block quote stand between that are marked. The text's own stars have a backslash each."""

_LIVE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"([\\*_~`])",  # a backslash; emphasis, strike-through, code
        r"(\|(?=\|)|(?<=\|)\|)",  # spoilers
        r"(<)(?!\s)",  # mentions, timestamps, emoji, commands, addresses
        r"(?<=\])(\()",  # the address of a link
        r"(@)(?=everyone|here)",  # mentions of all
        r"(:)(?=//|[^\s:]*:)",  # an address; a shortcode, whose name would keep its backslashes
        r"^\s*(>|[#]+(?=\s|$)|[-+](?=[#\s]|$))",  # a block quote, a heading, subtext, a list
        r"^\s*\d+(\.)(?=\s|$)",  # a numbered list
        r"\.[^\s/.]*(/)",  # an address without its scheme, such as an invitation
    )
)
"""What could begin or end something live, by its first character."""
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_READ = re.compile(r"\\(?P<char>[^0-9A-Za-z\s])|(?P<mark>\*\*)")

# What a message's text cannot carry, or what would make it read as something else; an attached file can.
_UNCARRIED = (
    (re.compile("\r"), Message("carriage returns")),
    (re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"), Message("control characters")),
    (re.compile("[\ud800-\udfff]"), Message("code points that are no characters")),
    (re.compile("[\u202a-\u202e\u2066-\u2069]"), Message("marks that turn text around")),
)
_MESSAGE = "message.md"  # a name of the kind of file that is written as messages are
NOTHING = Message("nothing but white space")


@dataclass(frozen=True, slots=True)
class BlockQuote:
    """A block quote as it is read."""

    text: str
    marked: tuple[tuple[int, int], ...] = ()
    """Start and end of what is marked in the text, line by line."""


def escape(text: str) -> str:
    """Return the text with nothing live in it, on as many lines as it has."""
    return "\n".join(_escape_line(line) for line in text.split("\n"))


def unescape(text: str) -> str:
    """Return the inverse of `escape`."""
    return _ESCAPED.sub(r"\1", text)


def as_shown(text: str) -> str:
    """Return what somebody typed as Discord shows it: a link is its words, emphasis has no marks."""
    return readable(text, _MESSAGE)


def block_quote(text: str, marked: tuple[int, int] = (0, 0)) -> str:
    """Return the text as a block quote, with a span marked; for texts of which `uncarried` says nothing."""
    lines, at = [], 0
    for line in text.split("\n"):
        start, end = (min(max(place - at, 0), len(line)) for place in marked)
        start += len(line[start:end]) - len(line[start:end].lstrip())
        end = max(start, start + len(line[start:end].rstrip()))
        lines.append(QUOTED + _escape_line(line, start, end))
        at += len(line) + 1
    return "\n".join(lines)


def block_quotes(content: str) -> Iterator[str]:
    """Yield the texts of a message's block quotes, in order: the inverse of `block_quote`."""
    for quote in read_block_quotes(content):
        yield quote.text


def read_block_quotes(content: str) -> Iterator[BlockQuote]:
    """Yield a message's block quotes, in order, with what is marked in them."""
    quoted: list[str] = []
    for line in [*content.split("\n"), ""]:
        if line.startswith(QUOTED):
            quoted.append(line.removeprefix(QUOTED))
        elif quoted:
            yield _read(quoted)
            quoted = []


def uncarried(text: str) -> Message | None:
    """Return what the text holds that a block quote cannot show exactly; None where it can."""
    if not text.strip():
        return NOTHING
    return next((what for pattern, what in _UNCARRIED if pattern.search(text)), None)


def _live(line: str) -> set[int]:
    """Return the places in a line of what could be live."""
    return {match.start(1) for pattern in _LIVE for match in pattern.finditer(line)}


def _escape_line(line: str, start: int = 0, end: int = 0) -> str:
    """Return a line with backslashes, and with marks around what lies from start to end, if anything does."""
    live = _live(line)
    chars = [f"\\{char}" if place in live else char for place, char in enumerate(line)]
    if start == end:
        return "".join(chars)
    return "".join([*chars[:start], MARK, *chars[start:end], MARK, *chars[end:]])


def _read(lines: list[str]) -> BlockQuote:
    """Return the block quote of these lines, without their marks and backslashes."""
    texts, marked, at = list[str](), list[tuple[int, int]](), 0
    for line in lines:
        text, places, read = "", list[int](), 0
        for match in _READ.finditer(line):
            text += line[read : match.start()] + (match["char"] or "")
            read = match.end()
            if match["mark"]:
                places.append(at + len(text))
        text += line[read:]
        if len(places) % 2:  # no pair: nothing that was written as a mark
            text, places = unescape(line), []
        marked += zip(places[::2], places[1::2], strict=True)
        texts.append(text)
        at += len(text) + 1
    return BlockQuote("\n".join(texts), tuple(marked))
