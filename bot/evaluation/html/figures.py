"""Figures as cards and as tables: the headline, all of them, those of each tag, and the differences of two runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.evaluation.html.drawing import interval_bar
from bot.evaluation.html.words import DASH, change, change_interval, count, escape, interval, number
from retrieval.evaluation.records import Comparison, Difference, Figure, Report, Slice

HEADLINE = (
    *(("quotes", "P@1"), ("quotes", "Success@3"), ("quotes", "RR@10"), ("passages", "R@10"), ("passages", "nDCG@10")),
    *(("refusals", "AUROC"), ("refusals", "false answers"), ("refusals", "false refusals")),
    *(("proof", "exact"), ("speed", "p50")),
)
"""Group and name of the figures that a reader looks for first; those that a report lacks are left out."""

FEW, MOST_TAGS = 5, 15

VERDICTS = {"gain": "▲ gain", "loss": "▼ loss", "same": "no difference shown"}


def cards(report: Report) -> str:
    """The headline figures."""
    known = {(one.group, one.name): one for one in report.figures}
    return "\n".join(_card(known[name]) for name in HEADLINE if name in known)


def all_figures(figures: Sequence[Figure]) -> str:
    """Every figure in one table, group by group."""
    rows = _grouped([(one.group, _figure_row(one)) for one in figures], columns=5)
    heads = ("Figure", "What it says", "Value", "95 % interval", "Questions")
    return _table("Every figure with its 95 % bootstrap interval", heads, rows, numbers=(2, 4))


def slices(parts: Sequence[Slice], places: Mapping[str, int]) -> str:
    """The figures of each tag; tags of few questions are folded away where there are many tags.

    A tag that questions are filtered by has its place among them in `places`, and leads there.
    """
    names = list(dict.fromkeys((one.group, one.name) for part in parts for one in part.figures))
    many = [part for part in parts if part.count >= FEW or len(parts) <= MOST_TAGS]
    few = [part for part in parts if part not in many]
    tables = [_slice_table(many, names, places)] if many else []
    if few:
        named = f"{count(len(few), 'tag')} of fewer than {FEW} questions"
        folded = _slice_table(few, names, places)
        tables.append(f'<details class="all">\n<summary>{named}</summary>\n{folded}\n</details>')
    return "\n".join(tables)


def differences(comparison: Comparison) -> str:
    """Every difference with its interval and what is to be made of it."""
    most = {
        unit: max(abs(edge) for one in comparison.differences if one.unit == unit for edge in (one.low, one.high))
        or 1.0
        for unit in {one.unit for one in comparison.differences}
    }
    rows = [(one.group, _difference_row(one, most[one.unit])) for one in comparison.differences]
    heads = ("Figure", "Before", "After", "Difference", "95 % interval", "p", "Verdict", "Questions")
    return _table("Differences, paired question by question", heads, _grouped(rows, columns=8), numbers=(1, 2, 3, 5, 7))


def _slice_table(parts: Sequence[Slice], names: Sequence[tuple[str, str]], places: Mapping[str, int]) -> str:
    rows = ["<tbody>"]
    for part in parts:
        known = {(one.group, one.name): one for one in part.figures}
        cells = "".join(_slice_cell(known.get(name)) for name in names)
        tag = f"<bdi>{escape(part.tag)}</bdi>"
        if part.tag in places:
            tag = f'<button type="button" class="plain" data-tag="{places[part.tag]}">{tag}</button>'
        rows.append(f'<tr><th scope="row">{tag}</th><td class="number">{part.count:,}</td>{cells}</tr>')
    rows.append("</tbody>")
    heads = ("Tag", "Questions", *(f"{name} of {group}" if group == "passages" else name for group, name in names))
    return _table("Figures by tag", heads, "\n".join(rows), numbers=range(1, len(heads)))


def _card(one: Figure) -> str:
    bad = " bad" if one.group == "proof" and one.value < 1 else ""
    top = 1.0 if one.unit in ("", "%") else 1.25 * one.high
    return (
        f'<li class="card{bad}">\n<p class="value">{escape(number(one.value, one.unit))}</p>\n'
        f"<h3>{escape(one.name)}</h3>\n"
        f'{interval_bar(one.value, one.low, one.high, top)}\n<p class="interval-words">{_interval(one)}</p>\n'
        f'<p class="label">{escape(one.label)}</p>\n</li>'
    )


def _figure_row(one: Figure) -> str:
    top = 1.0 if one.unit in ("", "%") else 1.25 * one.high
    return (
        f'<tr><th scope="row">{escape(one.name)}</th><td>{escape(one.label)}</td>'
        f'<td class="number">{escape(number(one.value, one.unit))}</td>'
        f'<td class="ranged">{interval_bar(one.value, one.low, one.high, top)}'
        f'<span>{_interval(one)}</span></td><td class="number">{one.count:,}</td></tr>'
    )


def _slice_cell(one: Figure | None) -> str:
    if one is None:
        return f'<td class="number">{DASH}</td>'
    said = escape(number(one.value, one.unit))
    return f'<td class="number">{said}<small>{_interval(one)}</small></td>'


def _difference_row(one: Difference, most: float) -> str:
    marks = "".join(
        f'<td class="number">{escape(said)}</td>'
        for said in (number(one.before, one.unit), number(one.after, one.unit), change(one.difference, one.unit))
    )
    ends = change_interval(one.low, one.high, one.unit)
    chance = "&lt; 0.001" if one.p < 0.001 else f"{one.p:.3f}"
    label = f"<small>{escape(one.label)}</small>" if one.label else ""
    return (
        f'<tr class="{one.verdict}"><th scope="row">{escape(one.name)}{label}</th>{marks}'
        f'<td class="ranged">{interval_bar(one.difference, one.low, one.high, most, -most)}'
        f"<span>{escape(ends)}</span></td>"
        f'<td class="number">{chance}</td><td class="said">{VERDICTS[one.verdict]}</td>'
        f'<td class="number">{one.count:,}</td></tr>'
    )


def _grouped(rows: Sequence[tuple[str, str]], columns: int) -> str:
    """The rows of a table, each with its group, below the names of the groups."""
    groups: dict[str, list[str]] = {}
    for group, row in rows:
        groups.setdefault(group, []).append(row)
    parts = []
    for group, members in groups.items():
        head = f'<th colspan="{columns}" scope="rowgroup">{escape(group.capitalize())}</th>'
        parts += ["<tbody>", f'<tr class="group">{head}</tr>', *members, "</tbody>"]
    return "\n".join(parts)


def _interval(one: Figure) -> str:
    return escape(interval(one.low, one.high, one.unit))


def _table(caption: str, heads: Sequence[str], body: str, *, numbers: Sequence[int]) -> str:
    """A table that scrolls by itself where the page is too narrow for it."""
    kinds = {True: "number", False: "words"}
    cells = "".join(
        f'<th scope="col" class="{kinds[place in numbers]}">{escape(head)}</th>' for place, head in enumerate(heads)
    )
    return (
        f'<div class="scrolls" role="region" aria-label="{escape(caption)}" tabindex="0">\n<table>\n'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{cells}</tr></thead>\n{body}\n</table>\n</div>"
    )
