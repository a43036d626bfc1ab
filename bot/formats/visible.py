"""Text of a source made safe to print: what a terminal would obey, or a reader could not see, is shown as an escape."""

from __future__ import annotations

import re
from itertools import takewhile

from retrieval.redaction import hide_tokens

CUT = "…"  # in place of what is left out of a text
# C0 and C1 controls but tab and line feed; the marks that turn the direction of text around (Unicode's Bidi_Control);
# line and paragraph separators; the byte order mark; lone surrogates; tag characters.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)

NO_END = " ,;:–—-“\"'("
"""What a text that is cut does not end with."""
_SEEN_AS_ONE = re.compile(
    r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"  # an escape
    "|[\U0001f1e6-\U0001f1ff]{2}"  # a flag
    # a character with its accents, or an emoji with its colour and all that it is joined with
    "|.(?:[\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]|\u200d.?)*"
)


def visible(text: str) -> str:
    r"""Return the text with every hidden character written out (`\x1b`, `\u202e`); `\r\n` counts as a line end."""
    return HIDDEN.sub(lambda match: escape(match.group()), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return the text made visible, on one line, for titles and names: none that is a Discord token is repeated."""
    return visible(" ".join(hide_tokens(text).split()))


def short(text: str, most: int) -> str:
    """Return a text as `one_line` does, cut between words with an ellipsis where it is longer than `most` characters.

    A word that alone is longer is cut between what readers see as characters.
    """
    line = one_line(text)
    if len(line) <= most:
        return line
    start = line.rfind(" ", 0, most) + 1
    is_longer = len(line[start:].partition(" ")[0]) > most
    end = _end_within(line, start, most - 1) if is_longer else start
    return f"{line[:end].rstrip(NO_END)}{CUT}"


def _end_within(line: str, start: int, most: int) -> int:
    """Return the last place up to `most` that is between what readers see as characters."""
    ends = (piece.end() for piece in _SEEN_AS_ONE.finditer(line, start))
    return max(takewhile(lambda end: end <= most, ends), default=start)


def escape(char: str) -> str:
    """Return the character as Python would write it in a string."""
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
