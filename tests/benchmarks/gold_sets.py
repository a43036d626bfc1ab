"""The seeds' gold set, and questions on the originals that the seeds report on, by quoth's own evaluator.

Nothing was fitted on either. The follow-ups of the seeds are asked with their history, and again written out in full.
The originals are not part of the project: their gold is offsets, and without them their rows are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from retrieval import Engine
from retrieval.evaluation.asking import ask_all
from retrieval.evaluation.gold import sets, targets
from retrieval.evaluation.measures.report import report
from retrieval.evaluation.records import Figure, Outcome, Provenance, Run
from tests.benchmarks.common import GOLD, ORIGINALS, SCRAPES, SEEDS, available, index, table, temporary

COLUMNS = ("", "questions", "P@1", "in first three", "AUROC", "answered", "refused")


def main() -> None:
    """Print the tables."""
    with temporary() as folder:
        seeds = ask(GOLD, SEEDS, folder / "seeds")
        alone = chosen(seeds, lambda one: not one.history and "full" not in one.tags)
        rows = _rows("seeds", alone)
        if available(SCRAPES, "questions on the originals"):
            rows += _rows("originals", ask(ORIGINALS, SCRAPES, folder / "originals"))
        table(
            "Gold sets that nothing was fitted on, with 95 % bootstrap intervals",
            COLUMNS,
            rows,
            "answered, refused: wrongly. off, on: with the unanswered questions that are off topic, or on it. Bars, on "
            "freely worded questions over the originals: P@1 >= .65, in first three >= .82",
        )
        _follow_ups(seeds)


def ask(gold_file: Path, corpus: Path, folder: Path) -> Run:
    """Ask a gold set over an index of a corpus, built for it."""
    index(corpus, folder)
    engine = Engine.open(folder)
    posed, _ = targets.pose(sets.read(gold_file, engine.settings.max_question), engine.generation)
    said = Provenance(gold_file.name, "", str(corpus), engine.fingerprint, "", engine.threshold, (), "", "")
    return ask_all(engine, posed, said, lambda done, total: None)


def chosen(run: Run, wanted: Callable[[Outcome], bool]) -> Run:
    """The run's questions that are wanted."""
    return Run(run.provenance, tuple(one for one in run.outcomes if wanted(one)), run.seconds)


def _rows(name: str, run: Run) -> list[tuple[str, ...]]:
    parts: list[tuple[str, Callable[[Outcome], bool]]] = [
        ("all", lambda one: one.answerable),
        ("plain", lambda one: one.answerable and "plain" in one.tags),
        ("reworded", lambda one: one.answerable and "reworded" in one.tags),
        ("paraphrases", lambda one: one.answerable and "paraphrase" in one.tags),
        ("off", lambda one: one.answerable or "off-topic" in one.tags),
        ("on", lambda one: one.answerable or "on-topic" in one.tags),
    ]
    rows = []
    for part, wanted in parts:
        own = chosen(run, wanted)
        figures = {one.name: one for one in report(own).figures if one.group in ("quotes", "refusals")}
        quotes = ("", "") if part in ("off", "on") else (_share(figures["P@1"]), _share(figures["Success@3"]))
        refusals = (
            f"{figures[one].value:{form}}" if one in figures else ""
            for one, form in (("AUROC", ".3f"), ("false answers", ".0%"), ("false refusals", ".0%"))
        )
        rows.append((f"{name}, {part}", str(len(own.outcomes)), *quotes, *refusals))
    return rows


def _share(figure: Figure) -> str:
    return f"{figure.value:.2f} ({figure.low:.2f}-{figure.high:.2f})"


def _follow_ups(run: Run) -> None:
    rows = []
    for name, wanted in (
        ("leaning on what came before", lambda one: "topic-change" not in one.tags),
        ("changing the topic", lambda one: "topic-change" in one.tags),
    ):
        pairs = chosen(run, lambda one, wanted=wanted: one.answerable and wanted(one))  # type: ignore[misc]
        asked = [one for one in pairs.outcomes if one.history]
        full = [one for one in pairs.outcomes if "full" in one.tags]
        with_history, written_out = _first(asked), _first(full)
        ratio = f"{with_history / written_out:.2f}" if written_out else ""
        rows.append((name, str(len(asked)), f"{with_history:.3f}", f"{written_out:.3f}", ratio))
    table(
        "Follow-up questions of the seeds",
        ("", "pairs", "P@1 with history", "P@1 in full", "ratio"),
        rows,
        "bar: ratio >= .9",
    )


def _first(outcomes: list[Outcome]) -> float:
    return sum(one.rank == 1 for one in outcomes) / len(outcomes)
