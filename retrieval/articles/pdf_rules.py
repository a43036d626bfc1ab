"""The rules, frames and grounds that a PDF's page draws -> where they part the lines and the columns of a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from retrieval.articles.pdf_strikes import Line

_THIN = 3.0  # points: a rule
_SAME = 2.0  # points: between parts of one rule
_LEAST_COVERED = 0.6  # of the width of a table, or its height


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a page, the edges of its frames and grounds among them."""

    level: tuple[Line, ...]
    upright: tuple[Line, ...]

    @staticmethod
    def of(drawn: Iterable[Line]) -> Rules:
        """Take what has little height, and what has little width."""
        lines = [edge for line in set(drawn) for edge in _edges(line)]
        level = [line for line in lines if line.high - line.low <= _THIN < line.right - line.left]
        upright = [line for line in lines if line.right - line.left <= _THIN < line.high - line.low]
        return Rules(
            tuple(sorted(level, key=lambda line: (-line.high, line.left))),
            tuple(sorted(upright, key=lambda line: (line.left, -line.high))),
        )

    def parts(self, left: float, right: float, height: float) -> bool:
        """Return whether a rule stands upright between two places on a line of text."""
        return any(
            left - _SAME <= line.left and line.right <= right + _SAME and line.low <= height <= line.high
            for line in self.upright
        )

    def around(self, left: float, right: float, height: float) -> tuple[float, float] | None:
        """Return the places between which the rules on both sides of a text on a line leave room for it."""
        beside = [line for line in self.upright if line.low <= height <= line.high]
        first = max((line.right for line in beside if line.right <= left + _SAME), default=None)
        last = min((line.left for line in beside if line.left >= right - _SAME), default=None)
        return None if first is None or last is None else (min(first, left), max(last, right))

    def stand_between(self, left: float, right: float, low: float, high: float) -> bool:
        """Return whether a rule, whole or in parts, stands upright in most of the height of a part of a page."""
        covered: defaultdict[int, float] = defaultdict(float)
        for line in self.upright:
            if left < line.left and line.right < right:
                covered[round(line.left / _SAME)] += max(0.0, min(line.high, high) - max(line.low, low))
        return any(height > _LEAST_COVERED * (high - low) for height in covered.values())

    def heights(self, left: float, right: float, low: float, high: float) -> list[float]:
        """Return the heights, from the top, at which rules run across a part of a page, whole or in parts."""
        heights: list[float] = []
        covered: list[float] = []
        for line in self.level:
            width = min(line.right, right) - max(line.left, left)
            if width <= 0 or not low < line.low <= line.high < high:
                continue
            if heights and heights[-1] - line.high <= _SAME:
                covered[-1] += width
            else:
                heights.append(line.high)
                covered.append(width)
        wide = _LEAST_COVERED * (right - left)
        return [height for height, width in zip(heights, covered, strict=True) if width >= wide]


def _edges(line: Line) -> Iterator[Line]:
    """Yield a rule, or the four edges of a frame or a ground."""
    if not line.is_frame or min(line.right - line.left, line.high - line.low) <= _THIN:
        yield line
        return
    yield replace(line, low=line.high, is_frame=False)
    yield replace(line, high=line.low, is_frame=False)
    yield replace(line, right=line.left, is_frame=False)
    yield replace(line, left=line.right, is_frame=False)
