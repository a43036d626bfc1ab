"""Decide when two texts have the same words: when they differ in typography alone."""

from __future__ import annotations

import unicodedata

SINGLE_QUOTES, DOUBLE_QUOTES, DASHES = "'‘’‚‛‹›＇", '"“”„‟«»＂', "-‐‑‒–—―−﹘﹣－"
"""Signs that are the same but for typography; the first is that of a keyboard."""
_FOLDED = str.maketrans({sign: kind[0] for kind in (SINGLE_QUOTES, DOUBLE_QUOTES, DASHES) for sign in kind})


def folded(text: str) -> str:
    """Unify upper and lower case and the kinds of white space, quote marks and dashes.

    Nothing else: digits, letters, accents, other signs and missing words still differ. Single and double quote marks
    stay apart (5' is not 5"). Composed and decomposed letters become equal (NFC); NFKC would make 10² and 102 equal,
    and full case folding "Maße" and "Masse".
    """
    plain = text.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", plain).translate(_FOLDED)
    return " ".join(plain.split())
