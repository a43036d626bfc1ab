"""Texts that are the same but for their typography, as one pattern that finds all of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from retrieval.answering.wording import DASHES, DOUBLE_QUOTES, SINGLE_QUOTES

LONGEST = 10_000
"""Characters of the longest text that a pattern is made of."""
INVISIBLE = "\u00ad\u200b\u2060\ufeff"
"""Soft hyphens and signs without width: where words may be divided, and nothing that is read."""
_LIGATURES = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ", "st": "ﬆﬅ"}
"""Letters, and the signs that may stand for them."""
_SPLIT = str.maketrans(
    {sign: letters for letters, signs in _LIGATURES.items() for sign in signs} | dict.fromkeys(INVISIBLE)
)
_SPACE = rb"(?:[\t-\r\x1c-\x20]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)+"
_PIECE = re.compile(rf"\s+|\.\.\.|…|{'|'.join(_LIGATURES)}|.[\u0300-\u036f]*", re.DOTALL)


def pattern_of(text: str, holds: Callable[[bytes], bool]) -> re.Pattern[bytes]:
    """Return what matches the text, in UTF-8, and all that differs from it in nothing but typography.

    That is: kinds of quote marks, dashes and white space, line ends, ligatures, dots of an ellipsis, composed letters
    and signs that nobody sees. Single and double quote marks stay apart, as do upper and lower case. `holds` says
    whether what is searched holds certain bytes: what it lacks makes the pattern no slower.
    """
    unseen = [sign for sign in map(_encoded, INVISIBLE) if holds(sign)]
    ligatures = {letters for letters, signs in _LIGATURES.items() if any(holds(_encoded(sign)) for sign in signs)}
    pieces: list[bytes] = []
    for piece in _PIECE.findall(text.translate(_SPLIT).strip()):
        if len(piece) > 1 and piece in _LIGATURES and piece not in ligatures:
            pieces += map(_piece, piece)
        else:
            pieces.append(_piece(piece))
    between = b"(?:" + b"|".join(unseen) + b")*" if unseen else b""
    return re.compile(between.join(pieces))


def _piece(piece: str) -> bytes:
    if piece.isspace():
        return _SPACE
    kinds: tuple[str, ...]
    if piece in {"...", "…"}:
        kinds = ("...", "…")
    elif piece in _LIGATURES:
        kinds = (piece, *_LIGATURES[piece])
    else:
        same = next((kind for kind in (SINGLE_QUOTES, DOUBLE_QUOTES, DASHES) if piece in kind), None)
        kinds = tuple(same or dict.fromkeys((piece, *(unicodedata.normalize(form, piece) for form in ("NFC", "NFD")))))
    if len(kinds) == 1:
        return re.escape(_encoded(kinds[0]))
    return b"(?:" + b"|".join(re.escape(_encoded(kind)) for kind in kinds) + b")"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
