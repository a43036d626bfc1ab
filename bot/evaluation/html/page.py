"""The page of an evaluation, put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from jinja2 import Template

from bot.evaluation.html import charts, comparison, data, figures, reliability
from bot.evaluation.html.charts import Chart
from bot.evaluation.verdicts import Verdict
from bot.formats import numbers
from bot.formats.html_pages import environment, resource
from bot.formats.visible import one_line
from retrieval.evaluation.records import Comparison, Provenance, Report


def render(report: Report, compared: Comparison | None, text_of: Callable[[str], str | None]) -> str:
    """Return the whole evaluation as one HTML file that loads nothing from anywhere.

    `text_of` returns an article's text by its id, or None if it is gone. With a comparison, whose later run is the
    report's, the page also shows the differences and the questions that flipped.
    """
    outcomes, provenance = report.run.outcomes, report.run.provenance
    tags = data.tags(outcomes)
    return _template().render(
        style=resource(__package__, "report.css"),
        script=resource(__package__, "report.js"),
        data=data.questions(outcomes, compared, text_of),
        provenance=provenance,
        measured=_measured(report),
        facts=_facts(provenance),
        settings=(*provenance.settings, ("SHA-256 of the gold set", provenance.gold_sha256)),
        verdict_counts=charts.verdict_counts(outcomes),
        figures=report.figures,
        comparison=compared,
        flip_lists=comparison.flip_lists(compared, outcomes) if compared else (),
        tag_tables=figures.tag_tables(report.slices, {tag: place for place, (tag, _) in enumerate(tags)}),
        charts=_charts(report),
        tags=tags,
        verdicts=list(Verdict),
    )


@cache
def _template() -> Template:
    """Return the template; it prints every value on one line, with hidden characters written out."""
    templates = environment(__package__, one_line)
    templates.filters["thousands"] = "{:,}".format
    for function in (
        *(numbers.number, numbers.interval, numbers.change, numbers.chance, numbers.count, numbers.moment),
        *(figures.headline, figures.by_group, figures.figure_bar, figures.difference_bar, charts.strip),
    ):
        templates.globals[function.__name__] = function
    templates.globals |= {"DASH": numbers.DASH, "FEW": figures.FEW, "TRENDS": figures.TRENDS}
    return templates.get_template("report.html")


def _measured(report: Report) -> str:
    """Return what was asked, and in what time."""
    outcomes = report.run.outcomes
    answerable = sum(outcome.answerable for outcome in outcomes)
    unanswerable = len(outcomes) - answerable
    kinds = f"{answerable:,} that the corpus answers and {unanswerable:,} that it does not"
    kinds = kinds if unanswerable else "all of them answerable"
    return f"{numbers.count(len(outcomes), 'question')}, {kinds}, asked in {numbers.number(report.run.seconds, 's')}"


def _facts(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """Return what was measured, as names and values."""
    return (
        ("Corpus", provenance.corpus),
        ("Model", provenance.model),
        ("Index", provenance.index),
        ("Threshold", numbers.threshold_text(provenance.threshold)),
        ("quoth", provenance.version),
    )


def _charts(report: Report) -> list[Chart]:
    """Return the charts; where there is nothing to draw, a sentence says why."""
    outcomes, threshold = report.run.outcomes, report.run.provenance.threshold
    kinds = {outcome.answerable for outcome in outcomes}
    percentiles = [figure for figure in report.figures if figure.group == "speed" and figure.name in ("p50", "p95")]
    error = next((figure for figure in report.figures if figure.group == "confidence" and figure.name == "ECE"), None)
    one_kind = f"The corpus answers {'every' if True in kinds else 'no'} question of this gold set"
    return [
        charts.confidences(outcomes, threshold)
        if len(kinds) == 2
        else Chart("Confidence", f"{one_kind}, so there are no two kinds of questions to tell apart."),
        reliability.reliability(report.reliability, error)
        if report.reliability
        else Chart(reliability.TITLE, "No question was asked, so there is no confidence to check."),
        charts.risk_coverage(report.curve, threshold)
        if report.curve
        else Chart("Risk against coverage", f"{one_kind}, so there is no risk to weigh against coverage."),
        charts.ranks(outcomes)
        if True in kinds
        else Chart("Rank of the first right quote", f"{one_kind}, so no quote can be right."),
        charts.latencies(outcomes, percentiles)
        if outcomes
        else Chart("Time for a question", "No question was asked, so none took any time."),
    ]
