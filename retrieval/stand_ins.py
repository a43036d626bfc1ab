"""Signs that stand in text extracted from a web page or a PDF for what is shown there and is no text."""

from __future__ import annotations

STRUCK = "[…]"
"""Stands for struck text: without its line it would be a statement that the page takes back. So it does for what is
shown and has no text, without which the words beside it would be another sentence."""
UNSURE = "[⋯]"
"""Stands for text that a style sheet may hide, or adds: the sentence around it is not quoted."""


def has_stand_in(text: str) -> bool:
    """Return whether a text has one of the signs, which may be its own."""
    return STRUCK in text or UNSURE in text
