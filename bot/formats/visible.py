"""Text of a source made safe to print: what a terminal would obey, or a reader could not see, is shown as an escape."""

from __future__ import annotations

import re

from retrieval.redaction import hide_tokens

CUT = "…"  # in place of what is left out of a text
# C0 and C1 controls but tab and line feed; the marks that turn the direction of text around (Unicode's Bidi_Control);
# line and paragraph separators; the byte order mark; lone surrogates; tag characters.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    r"""Return the text with every hidden character written out (`\x1b`, `\u202e`); `\r\n` counts as a line end."""
    return HIDDEN.sub(lambda match: escape(match.group()), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return the text made visible, on one line, for titles and names: none that is a Discord token is repeated."""
    return visible(" ".join(hide_tokens(text).split()))


def short(text: str, most: int) -> str:
    """Return a text as `one_line` does, with an ellipsis where it is longer than `most` characters."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1] + CUT


def escape(char: str) -> str:
    """Return the character as Python would write it in a string."""
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
