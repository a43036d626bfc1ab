"""Discord's Markdown: text written so that nothing in it is live, and read back character by character.

Discord drops a backslash before any character that is neither a letter, a digit nor white space, and shows that
character plainly. So every character that could begin or end something live has one; so has the backslash itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

QUOTED = "> "
"""What every line of a block quote begins with."""

# Emphasis, strike-through, code, spoilers, mentions, timestamps, custom emoji, headings, subtext, lists, links,
# shortcodes, block quotes. The colon and the slashes also keep an address or an invitation from becoming a link.
_LIVE = re.compile(r"[\\*_~`|<>#\-+\[\]():@/]")
_NUMBERED = re.compile(r"(\s*\d+)\.")
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")

# What a message's text cannot carry, or what would make it read as something else; an attached file can.
_UNCARRIED = (
    (re.compile("\r"), "carriage returns"),
    (re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"), "control characters"),
    (re.compile("[\ud800-\udfff]"), "code points that are no characters"),
    (re.compile("[\u202a-\u202e\u2066-\u2069]"), "marks that turn text around"),
)


def escape(text: str) -> str:
    """Return the text with nothing live in it, on as many lines as it has."""
    return "\n".join(_escape_line(line) for line in text.split("\n"))


def unescape(text: str) -> str:
    """Return the inverse of `escape`."""
    return _ESCAPED.sub(r"\1", text)


def block_quote(text: str) -> str:
    """Return the text as a block quote; for texts of which `uncarried` says nothing."""
    return "\n".join(QUOTED + _escape_line(line) for line in text.split("\n"))


def block_quotes(content: str) -> Iterator[str]:
    """Yield the texts of a message's block quotes, in order: the inverse of `block_quote`."""
    quoted: list[str] = []
    for line in [*content.split("\n"), ""]:
        if line.startswith(QUOTED):
            quoted.append(unescape(line.removeprefix(QUOTED)))
        elif quoted:
            yield "\n".join(quoted)
            quoted = []


def uncarried(text: str) -> str | None:
    """Return what the text holds that a block quote cannot show exactly; None where it can."""
    if not text.strip():
        return "nothing but white space"
    return next((what for pattern, what in _UNCARRIED if pattern.search(text)), None)


def _escape_line(line: str) -> str:
    escaped = _LIVE.sub(r"\\\g<0>", line)
    return _NUMBERED.sub(r"\1\\.", escaped, count=1) if _NUMBERED.match(escaped) else escaped
