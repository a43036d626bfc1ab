"""Figures as the page sets them: the headline, group by group, and the tables of each tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from markupsafe import Markup

from bot.evaluation.html.drawing import interval_bar
from retrieval.evaluation.records import Difference, Figure, Slice

HEADLINE = (
    *(("quotes", "P@1"), ("quotes", "Success@3"), ("quotes", "RR@10"), ("passages", "R@10"), ("passages", "nDCG@10")),
    *(("refusals", "AUROC"), ("refusals", "false answers"), ("refusals", "false refusals")),
    *(("confidence", "ECE"), ("confidence", "right if high")),
    *(("proof", "exact"), ("speed", "p50")),
)
"""Group and name of the figures that a reader looks for first, if the report has them."""

FEW = 5  # questions of a tag below which it is folded away
MAX_TAGS = 15  # above which tags of few questions are folded away

TRENDS = {"gain": "▲ gain", "loss": "▼ loss", "same": "no difference shown"}

Measured = TypeVar("Measured", Figure, Difference)


@dataclass(frozen=True, slots=True)
class TagRow:
    """The figures of one tag."""

    tag: str
    questions: int
    place: int | None
    """The tag's place in the filter of questions; None if it is not there."""
    figures: tuple[Figure | None, ...]
    """One for each head after the second; None where the tag has no such figure."""


@dataclass(frozen=True, slots=True)
class TagTables:
    """The figures of all tags; tags of few questions are folded away where there are many tags."""

    heads: tuple[tuple[str, str], ...]
    """The heads of the columns, each with the kind of the column: "words" or "number"."""
    rows: tuple[TagRow, ...]
    folded: tuple[TagRow, ...]


def headline(figures: Iterable[Figure]) -> list[Figure]:
    """Return the figures that a reader looks for first."""
    by_name = {(figure.group, figure.name): figure for figure in figures}
    return [by_name[name] for name in HEADLINE if name in by_name]


def by_group(figures: Iterable[Measured]) -> dict[str, list[Measured]]:
    """Return the figures under the names of their groups."""
    groups: dict[str, list[Measured]] = {}
    for figure in figures:
        groups.setdefault(figure.group, []).append(figure)
    return groups


def figure_bar(figure: Figure) -> Markup:
    """Return the interval of a figure as a bar: on a track to 1 for a share, else to a quarter beyond its upper end."""
    top = 1.0 if figure.unit in ("", "%") else 1.25 * figure.high
    return interval_bar(figure.value, figure.low, figure.high, top)


def difference_bar(difference: Difference, differences: Iterable[Difference]) -> Markup:
    """Return the interval of a difference as a bar, on a track wide enough for all differences of its unit."""
    alike = [other for other in differences if other.unit == difference.unit]
    edge = max(abs(end) for other in alike for end in (other.low, other.high)) or 1.0
    return interval_bar(difference.difference, difference.low, difference.high, edge, -edge)


def tag_tables(slices: Sequence[Slice], places: Mapping[str, int]) -> TagTables:
    """Return the figures of each tag; `places` has the place of each tag in the filter of questions."""
    names = list(dict.fromkeys((figure.group, figure.name) for part in slices for figure in part.figures))
    rows = [_tag_row(part, names, places.get(part.tag)) for part in slices]
    least = FEW if len(rows) > MAX_TAGS else 0
    return TagTables(
        heads=(("Tag", "words"), ("Questions", "number"), *((_head(*name), "number") for name in names)),
        rows=tuple(row for row in rows if row.questions >= least),
        folded=tuple(row for row in rows if row.questions < least),
    )


def _head(group: str, name: str) -> str:
    return f"{name} of {group}" if group == "passages" else name


def _tag_row(part: Slice, names: Iterable[tuple[str, str]], place: int | None) -> TagRow:
    by_name = {(figure.group, figure.name): figure for figure in part.figures}
    return TagRow(part.tag, part.count, place, tuple(by_name.get(name) for name in names))
