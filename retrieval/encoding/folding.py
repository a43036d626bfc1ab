"""Letters in another form, such as ligatures and full-width ones -> the usual letters, which models know."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_VARIANT = re.compile(
    "[\uff01-\uff60\uffe0-\uffe6\u3000]"  # full width
    "|[\uff61-\uffdc][\uff9e\uff9f]?"  # half width, with the voicing mark that stands behind the kana
    "|[\ufb00-\ufb17\ufb1d-\ufdfb\ufe70-\ufefc]"  # ligatures and letters in the form that their place gives them
    "|[\u2100-\u2138\u2145-\u2149\U0001d400-\U0001d7ff]"  # letters in a style of their own
)
"""Not raised or lowered figures, circled ones or fractions: beside a number, their digits would make another."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in the usual letters, and where its characters come from."""

    text: str
    places: NDArray[np.int32] | None = None
    """[len(text) + 1], each character's place in the original, and that one's length; None where nothing was folded."""

    def original(self, offsets: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return [n, 2] offsets as offsets into the original; none is cut within one of its characters."""
        if self.places is None or not len(offsets):
            return offsets
        starts = self.places[offsets[:, 0]]
        last = self.places[np.maximum(offsets[:, 1] - 1, offsets[:, 0])]
        behind = np.searchsorted(self.places, last, side="right")
        ends = np.where(offsets[:, 1] > offsets[:, 0], self.places[np.minimum(behind, len(self.text))], starts)
        return np.stack([starts, ends], axis=1).astype(np.int32)


def folded(text: str) -> Folded:
    """Fold a text (NFKC) where its letters are in another form; most texts have no such letter and stay as they are."""
    if text.isascii() or not _VARIANT.search(text):
        return Folded(text)
    parts: list[str] = []
    places: list[int] = []
    copied = 0
    for variant in _VARIANT.finditer(text):
        usual = unicodedata.normalize("NFKC", variant.group())
        parts += [text[copied : variant.start()], usual]
        places += [*range(copied, variant.start()), *[variant.start()] * len(usual)]
        copied = variant.end()
    parts.append(text[copied:])
    places += range(copied, len(text) + 1)
    return Folded("".join(parts), np.array(places, dtype=np.int32))
