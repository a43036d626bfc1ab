"""Boxes of text on a page -> those that stand raised or lowered beside other text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.articles.pdf_boxes import Box
from retrieval.articles.pdf_lines import LOWERED, RAISED

_SMALLER = 0.9  # of the size of the letters beside it
_LEAST_SIZE = 0.45
_RAISE = 0.15, 0.6  # of the size of the letters beside it
_LOWERING = 0.06, 0.45
_BESIDE = 0.6  # of the size of the letters: a note may stand behind a space
_TOGETHER = 0.6  # of the size of the letters: parts of an exponent, and spaces between them
_SPACE = 0.12  # of the size of the letters
_SAME_LEVEL = 0.05  # of the size of the letters
_LONGEST = 24
_FIGURES = re.compile(r"[\d+\-−–,.]{1,4}")
"""What is raised or lowered in letters that are no smaller."""
_STRIP = 25.0
"""Width of the strips of a page that its boxes are sought by."""


@dataclass(slots=True)
class _Run:
    """Boxes that stand on one level, one behind the other."""

    boxes: list[Box]

    @property
    def text(self) -> str:
        return " ".join(box.text.strip() for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Shift:
    """A box that stands raised or lowered beside another."""

    box: Box
    mark: str
    up: float
    """How far above the line it stands; negative below it."""
    prefix: str
    """"^" or "_" if what it stands beside is itself shifted; a space if it is the next word of a shifted text."""


def shifts(boxes: Sequence[Box]) -> Iterator[Shift]:
    """Yield the boxes of a page that stand raised or lowered."""
    ends, starts = _strips(boxes, at_right=True), _strips(boxes, at_right=False)
    levels: dict[Box, tuple[Box, str]] = {}
    """Of a shifted box, the one on the line, and the mark."""
    for run in _runs(boxes):
        first, last = run.boxes[0], run.boxes[-1]
        if len(run.text) > _LONGEST:
            continue
        beside = [box for box in _near(ends, first.left) if box not in run.boxes]
        beside += [box for box in _near(starts, last.right) if box not in run.boxes and box not in levels]
        for box in beside:
            level, outer = levels.get(box, (box, ""))
            is_behind = abs(first.left - box.right) < _BESIDE * level.size
            gap = abs(first.left - box.right) if is_behind else abs(box.left - last.right)
            mark = _mark(level, run, gap)
            inner = _mark(box, run, gap) if outer else ""
            is_inner = bool(inner) and first.size < _SMALLER * box.size
            if is_inner or mark:
                for each in run.boxes:
                    levels[each] = level, outer if is_inner else mark
                sign = ("^" if inner == RAISED else "_") if is_inner else ""
                up = first.base - level.base
                prefixes = [sign, *(" " * _are_apart(*pair) for pair in pairwise(run.boxes))]
                yield from (
                    Shift(each, outer if is_inner else mark, up, prefix)
                    for each, prefix in zip(run.boxes, prefixes, strict=True)
                )
                break


def behind_spaces(boxes: Sequence[Box], shifted: Sequence[Shift]) -> Iterator[Box]:
    """Yield the boxes that a space without a letter of its own parts from shifted text before them."""
    ends: defaultdict[int, list[Shift]] = defaultdict(list)
    for shift in shifted:
        ends[int(shift.box.right // _STRIP)].append(shift)
    off_line = {shift.box for shift in shifted}
    for box in boxes if ends else ():
        strip = int(box.left // _STRIP)
        near = [shift for at in (strip - 1, strip) for shift in ends.get(at, ())]
        if box not in off_line and any(
            abs(shift.box.base - shift.up - box.base) < _SAME_LEVEL * box.size
            and box.left - shift.box.right < box.size
            and _are_apart(shift.box, box)
            for shift in near
        ):
            yield box


def _are_apart(before: Box, box: Box) -> bool:
    """Return whether a space parts two boxes that has no letter of its own."""
    has_space = before.text[-1:].isspace() or box.text[:1].isspace()
    return box.left - before.right > _SPACE * box.size and not has_space


def _runs(boxes: Sequence[Box]) -> Iterator[_Run]:
    """Yield the boxes of one size that stand beside each other on one level, from the left of the page to its right."""
    rows: defaultdict[tuple[int, int], list[Box]] = defaultdict(list)
    for box in boxes:
        rows[round(box.base / (_SAME_LEVEL * box.size)), round(box.size * 10)].append(box)
    runs: list[_Run] = []
    for row in rows.values():
        row.sort(key=lambda box: box.left)
        runs.append(_Run([row[0]]))
        for before, box in pairwise(row):
            if -_TOGETHER * box.size < box.left - before.right < _TOGETHER * box.size:
                runs[-1].boxes.append(box)
            else:
                runs.append(_Run([box]))
    yield from sorted(runs, key=lambda run: (run.boxes[0].left, -run.boxes[0].size))


def _strips(boxes: Sequence[Box], *, at_right: bool) -> dict[int, list[Box]]:
    strips: defaultdict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        strips[int((box.right if at_right else box.left) // _STRIP)].append(box)
    return strips


def _near(strips: dict[int, list[Box]], place: float) -> list[Box]:
    """Return the boxes that end, or begin, about here; the nearest first."""
    strip = int(place // _STRIP)
    near = [box for at in (strip - 1, strip, strip + 1) for box in strips.get(at, ())]
    return sorted(near, key=lambda box: min(abs(box.right - place), abs(box.left - place)))


def _mark(level: Box, run: _Run, gap: float) -> str:
    """Return the mark of text that stands so far from a box; "" where it is not shifted."""
    box = run.boxes[0]
    up = (box.base - level.base) / level.size
    is_figure = _FIGURES.fullmatch(run.text) is not None and abs(box.size - level.size) <= 0.01 * level.size
    is_small = _LEAST_SIZE * level.size <= box.size <= _SMALLER * level.size
    if gap >= (_BESIDE if is_small else _SAME_LEVEL) * level.size or not (is_small or is_figure):
        return ""
    if _RAISE[0] <= up <= _RAISE[1]:
        return RAISED
    return LOWERED if _LOWERING[0] <= -up <= _LOWERING[1] else ""
