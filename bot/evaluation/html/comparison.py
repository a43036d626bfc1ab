"""The section that compares two runs: what is different, and which questions flipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.evaluation.html.figures import differences
from bot.evaluation.html.words import count, escape, moment
from retrieval.evaluation.records import Comparison, Flip, Outcome


def section(comparison: Comparison, outcomes: Sequence[Outcome]) -> str:
    """The section of the differences and of the questions that flipped."""
    said = comparison.before.provenance
    against = f"{said.gold}, index {said.index}, measured on {moment(said.made)} (UTC)"
    left_out = comparison.left_out
    lines = [
        '<section id="comparison" aria-labelledby="comparison-title">',
        '<h2 id="comparison-title">Compared with the run before</h2>',
        f"<p>Before: <bdi>{escape(against)}</bdi>. Both runs are paired question by question; a gain or a loss is a "
        "difference that a paired randomization test finds significant at 0.05 and whose interval leaves 0 out.</p>",
        f"<p>{count(left_out, 'question')} left out, because only one of the runs has them.</p>" if left_out else "",
        differences(comparison) if comparison.differences else "<p>The runs have no figure in common.</p>",
        _flips(comparison.flips, {one.id: place for place, one in enumerate(outcomes)}),
        "</section>",
    ]
    return "\n".join(line for line in lines if line)


def _flips(flips: Sequence[Flip], places: Mapping[str, int]) -> str:
    """The questions that flipped; those that the table has, by their places, lead there."""
    if not flips:
        return "<p>No question is right in one run and wrong in the other.</p>"
    lists = []
    for kind, title, gained in (
        ("better", "Right now, wrong before", True),
        ("worse", "Wrong now, right before", False),
    ):
        asked: dict[str, list[Flip]] = {}
        for flip in flips:
            if flip.gained is gained:
                asked.setdefault(flip.id, []).append(flip)
        items = "\n".join(f"<li>{_flipped(same, places.get(name))}</li>" for name, same in asked.items())
        body = f"<ul>\n{items}\n</ul>" if asked else "<p>None.</p>"
        lists.append(f'<div class="panel {kind}">\n<h3>{title} <b>{len(asked):,}</b></h3>\n{body}\n</div>')
    return '<div class="flips">\n' + "\n".join(lists) + "\n</div>"


def _flipped(same: Sequence[Flip], place: int | None) -> str:
    """One question with everything about it that flipped the same way."""
    asked = f"<bdi>{escape(same[0].question)}</bdi>"
    if place is not None:
        asked = f'<button type="button" class="plain" data-open="{place}">{asked}</button>'
    what = " and ".join("first quote" if flip.what == "quote" else escape(flip.what) for flip in same)
    return f"{asked} <small>{what}</small>"
