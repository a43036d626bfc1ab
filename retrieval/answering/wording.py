"""When two texts count as the same words: they differ in how they are set in type, and in nothing that can matter."""

from __future__ import annotations

import unicodedata

_SINGLE, _DOUBLE, _DASH = "‘’‚‛‹›＇", "“”„‟«»＂", "‐‑‒–—―−﹘﹣－"
_FOLDED = str.maketrans({
    **dict.fromkeys(_SINGLE, "'"),
    **dict.fromkeys(_DOUBLE, '"'),
    **dict.fromkeys(_DASH, "-"),
})  # fmt: skip


def folded(text: str) -> str:
    """The text with upper case, kinds of white space, of quote marks and of dashes made the same.

    Nothing else is: no digit, letter, accent, other sign or missing word is taken for another. Single quote marks stay
    apart from double ones (5' is no 5"). Composed and decomposed letters are one letter (NFC); NFKC would make 10² and
    102 equal, and full case folding "Maße" and "Masse".
    """
    plain = text.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", plain).translate(_FOLDED)
    return " ".join(plain.split())
