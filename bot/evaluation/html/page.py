"""The page of an evaluation, put together."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from importlib.resources import files
from string import Template

from bot.evaluation.html import charts, controls, data, figures
from bot.evaluation.html import comparison as comparing
from bot.evaluation.html.words import count, escape, moment, number
from retrieval.evaluation.records import Comparison, Provenance, Report


def render(report: Report, comparison: Comparison | None, text_of: Callable[[str], str | None]) -> str:
    """The whole evaluation as one HTML file that loads nothing from anywhere.

    `text_of` gives an article's text by its id, None where it is gone. With a comparison, whose later run is that of
    the report, the page also shows the differences and the questions that flipped.
    """
    run, said = report.run, report.run.provenance
    style, script = _resource("report.css"), _resource("report.js")
    return Template(_resource("report.html")).substitute(
        policy=_policy(style, script),
        style=style,
        script=script,
        title=escape(said.gold),
        measured=_measured(report),
        provenance=_provenance(said),
        settings=_settings(said),
        strip=charts.strip(run.outcomes),
        cards=figures.cards(report),
        figures=figures.all_figures(report.figures),
        comparison=comparing.section(comparison, run.outcomes) if comparison else "",
        compared='<a href="#comparison">Comparison</a>' if comparison else "",
        slices=_slices(report),
        charts="\n".join(_charts(report)),
        controls=controls.filters(run.outcomes, comparison),
        columns=controls.heads(comparison),
        data=data.questions(run.outcomes, comparison, text_of),
    )


def _measured(report: Report) -> str:
    """What was asked, in a sentence."""
    outcomes = report.run.outcomes
    yes = sum(one.answerable for one in outcomes)
    no = len(outcomes) - yes
    split = f"{yes:,} that the corpus answers and {no:,} that it does not" if no else "all of them answerable"
    asked = f"{count(len(outcomes), 'question')}, {split}, asked in {number(report.run.seconds, 's')}"
    made = report.run.provenance.made
    return f'{asked}, on <time datetime="{escape(made)}">{escape(moment(made))}</time> (UTC).'


def _provenance(said: Provenance) -> str:
    rows = (
        ("Corpus", said.corpus),
        ("Model", said.model),
        ("Index", said.index),
        ("Threshold", f"{said.threshold:g}"),
        ("quoth", said.version),
    )
    return "\n".join(f"<div><dt>{name}</dt><dd><bdi>{escape(value)}</bdi></dd></div>" for name, value in rows)


def _settings(said: Provenance) -> str:
    rows = (*said.settings, ("SHA-256 of the gold set", said.gold_sha256))
    return "\n".join(f"<div><dt>{escape(name)}</dt><dd><bdi>{escape(value)}</bdi></dd></div>" for name, value in rows)


def _slices(report: Report) -> str:
    if not report.slices:
        return "<p>No question has a tag, so there is nothing to cut by.</p>"
    places = {tag: place for place, (tag, _) in enumerate(data.tags(report.run.outcomes))}
    return figures.slices(report.slices, places)


def _charts(report: Report) -> list[str]:
    """The charts that there is something to draw of; a sentence in place of each other."""
    outcomes, threshold = report.run.outcomes, report.run.provenance.threshold
    kinds = {one.answerable for one in outcomes}
    lines = [one for one in report.figures if one.group == "speed" and one.name in ("p50", "p95")]
    lacking = "has no answer in the corpus" if True in kinds else "has an answer in the corpus"
    lacking = f"No question of this gold set {lacking}"
    return [
        charts.risk_coverage(report.curve, threshold)
        if report.curve
        else _missing("Risk against coverage", f"{lacking}, so there is no risk to weigh against coverage."),
        charts.confidences(outcomes, threshold)
        if len(kinds) == 2
        else _missing("Confidence", f"{lacking}, so there are no two kinds of questions to tell apart."),
        charts.ranks(outcomes)
        if True in kinds
        else _missing("Rank of the first right quote", f"{lacking}, so no quote can be right."),
        charts.latencies(outcomes, lines)
        if outcomes
        else _missing("Time for a question", "No question was asked, so none took any time."),
    ]


def _missing(title: str, why: str) -> str:
    return charts.figure(title, why, "")


def _resource(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, and no style or script run but this page's own."""
    allowed = f"style-src {_hash(style)}; script-src {_hash(script)}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
