"""Discord tokens kept out of everything that is told: what is shaped like one is hidden wherever it stands."""

from __future__ import annotations

import re

HIDDEN = "[token]"

# Three parts of base64url: whose it is, when it was made, the signature; or a token of an account with two factors.
# Possessive, and from the beginning of a run only, so that a long text costs no more than to be read once.
# Between the parts may stand what a line break, a careless copy or an address made of the dot.
_DOT = r"[\s\u00ad\u200b-\u200f\u2060\ufeff]*+(?:[.．。]|%2[Ee])[\s\u00ad\u200b-\u200f\u2060\ufeff]*+"
_TOKEN = re.compile(
    rf"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{{22,}}+{_DOT}[A-Za-z0-9_-]{{5,7}}+{_DOT}[A-Za-z0-9_-]{{25,}}+"
    r"|mfa\.[A-Za-z0-9_-]{20,}+"
)


def hide_tokens(text: str) -> str:
    """Return the text with everything that is shaped like a Discord token hidden."""
    return _TOKEN.sub(HIDDEN, text)


def holds_token(text: str) -> bool:
    """Return whether something in the text is shaped like a Discord token."""
    return _TOKEN.search(text) is not None
