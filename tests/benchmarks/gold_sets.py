"""Evaluate the seeds' gold set, and questions on the original articles behind the seeds, with quoth's own evaluator.

Nothing was fitted on either. Follow-ups are asked with their history, and again written out in full. The originals are
not part of the project: their gold holds offsets only, and their rows are skipped where the articles are missing.
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
        alone = chosen(seeds, lambda outcome: not outcome.history and "full" not in outcome.tags)
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
    """Index a corpus and ask it every question of a gold set."""
    index(corpus, folder)
    engine = Engine.open(folder)
    posed, _ = targets.pose(sets.read(gold_file, engine.settings.max_question), engine.generation)
    provenance = Provenance(gold_file.name, "", str(corpus), engine.fingerprint, "", engine.threshold, (), "", "")
    return ask_all(engine, posed, provenance, lambda count, total: None)


def chosen(run: Run, matches: Callable[[Outcome], bool]) -> Run:
    """Keep the outcomes that match."""
    return Run(run.provenance, tuple(outcome for outcome in run.outcomes if matches(outcome)), run.seconds)


def _rows(name: str, run: Run) -> list[tuple[str, ...]]:
    parts: list[tuple[str, Callable[[Outcome], bool]]] = [
        ("all", lambda outcome: outcome.answerable),
        ("plain", lambda outcome: outcome.answerable and "plain" in outcome.tags),
        ("reworded", lambda outcome: outcome.answerable and "reworded" in outcome.tags),
        ("paraphrases", lambda outcome: outcome.answerable and "paraphrase" in outcome.tags),
        ("off", lambda outcome: outcome.answerable or "off-topic" in outcome.tags),
        ("on", lambda outcome: outcome.answerable or "on-topic" in outcome.tags),
    ]
    rows = []
    for part, matches in parts:
        own = chosen(run, matches)
        figures = {figure.name: figure for figure in report(own).figures if figure.group in ("quotes", "refusals")}
        quotes = ("", "") if part in ("off", "on") else (_share(figures["P@1"]), _share(figures["Success@3"]))
        refusals = (
            f"{figures[measure].value:{form}}" if measure in figures else ""
            for measure, form in (("AUROC", ".3f"), ("false answers", ".0%"), ("false refusals", ".0%"))
        )
        rows.append((f"{name}, {part}", str(len(own.outcomes)), *quotes, *refusals))
    return rows


def _share(figure: Figure) -> str:
    return f"{figure.value:.2f} ({figure.low:.2f}-{figure.high:.2f})"


def _follow_ups(run: Run) -> None:
    rows = []
    for name, matches in (
        ("leaning on what came before", lambda outcome: "topic-change" not in outcome.tags),
        ("changing the topic", lambda outcome: "topic-change" in outcome.tags),
    ):
        pairs = chosen(run, lambda outcome, matches=matches: outcome.answerable and matches(outcome))  # type: ignore[misc]
        follow_ups = [outcome for outcome in pairs.outcomes if outcome.history]
        full = [outcome for outcome in pairs.outcomes if "full" in outcome.tags]
        with_history, written_out = _first(follow_ups), _first(full)
        ratio = f"{with_history / written_out:.2f}" if written_out else ""
        rows.append((name, str(len(follow_ups)), f"{with_history:.3f}", f"{written_out:.3f}", ratio))
    table(
        "Follow-up questions of the seeds",
        ("", "pairs", "P@1 with history", "P@1 in full", "ratio"),
        rows,
        "bar: ratio >= .9",
    )


def _first(outcomes: list[Outcome]) -> float:
    return sum(outcome.rank == 1 for outcome in outcomes) / len(outcomes)
