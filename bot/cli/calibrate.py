"""`quoth calibrate`."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.evaluation.preparation import Judging, judge, refuse_with_reset
from bot.evaluation.tables import Row, show_table
from bot.exit_status import INTERRUPTED
from bot.formats.json_output import dump
from bot.formats.numbers import count, interval, number
from bot.formats.shell import command, quoted
from bot.formats.visible import one_line
from bot.remedies import named, reset
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.progress import Bar
from bot.terminal.screen import Screen, screen
from retrieval.answering import calibration as calibrations
from retrieval.answering.calibration import FILE, Calibration, Choice, Rate
from retrieval.answering.confidence import formula
from retrieval.errors import InputInvalid
from retrieval.evaluation.asking import ask_all
from retrieval.evaluation.calibrate import Point, calibrate, check_share, point
from retrieval.redaction import hide_tokens

MANY = 0.5  # share of false refusals above which a remedy is printed


@dataclass(frozen=True, slots=True)
class CalibrateOptions:
    """Options of `quoth calibrate`."""

    gold: Path | None
    """None with `reset` alone."""
    max_false_answers: float = 0.05
    corpus: Path | None = None
    indexed: bool = False
    """Whether an index was named, which comes before a corpus that the gold set brings."""
    dry_run: bool = False
    reset: bool = False
    """Remove the index's calibration instead."""
    skip_bad: bool = False
    as_json: bool = False


def run(options: CalibrateOptions, settings: Settings) -> int:
    """Fit the confidence on a gold set, print what it is worth on held-out questions, and keep it in the index."""
    gold = _checked(options, settings.index.path)
    if gold is None:
        return _reset(options, settings)
    written: Path | None = None
    try:
        judging = judge(gold, settings, corpus=options.corpus, indexed=options.indexed, skip_bad=options.skip_bad)
        calibration, before = _measure(judging, options.max_false_answers)
        if not options.dry_run:
            written = calibrations.write(judging.settings.index.path, calibration)
    except KeyboardInterrupt:
        notice("Interrupted; the index's calibration is unchanged.")
        return INTERRUPTED
    if options.as_json:
        head = {"index": hide_tokens(str(judging.settings.index.path)), "written": written is not None}
        sys.stdout.write(dump({**head, **asdict(calibration), "before": asdict(before)}) + "\n")
    else:
        _show(screen(), judging, calibration, before)
        _show_written(screen(), judging, written)
        if written is not None and judging.settings.index.path != settings.index.path:
            corpus = one_line(judging.provenance.corpus)
            screen().line(f"That index serves only evaluations over {corpus}; no other index was changed.")
    return 0


def _checked(options: CalibrateOptions, index: Path) -> Path | None:
    """Return the gold set, or None for a reset; raise InputInvalid for options that contradict each other."""
    if options.reset:
        refuse_with_reset(options.gold, dry_run=options.dry_run, remedy="reset the index, or calibrate it")
    if options.gold is None and not options.reset:
        example = command("calibrate", "gold.jsonl", *named(index if options.indexed else None))
        raise InputInvalid(
            "The gold set", "is missing", f"name one, as in {example}, or remove the calibration with --reset"
        )
    check_share(options.max_false_answers)
    return options.gold


def _reset(options: CalibrateOptions, settings: Settings) -> int:
    index = settings.index.path
    removed = calibrations.remove(index)
    if options.as_json:
        sys.stdout.write(dump({"index": hide_tokens(str(index)), "removed": removed}) + "\n")
    elif removed:
        notice(f"Removed the calibration of the index {index}; it now uses the built-in confidence.")
    else:
        notice(f"The index {index} has no calibration: it uses the built-in confidence.")
    return 0


def _measure(judging: Judging, max_false_answers: float) -> tuple[Calibration, Point]:
    """Return the calibration, and how the one before does on the same questions."""
    engine = judging.engine
    with Bar("Asking questions") as bar:
        gold_run = ask_all(engine, judging.posed, judging.provenance, bar)
        bar.stage("Calibrating")
        encoder, reranker = engine.generation.manifest.encoder, engine.settings.reranker
        calibration = calibrate(
            gold_run,
            encoder,
            max_false_answers,
            bar,
            built_in=engine.built_in,
            reranker=reranker,
            reader=engine.reader_digest,
        )
    return calibration, point(gold_run, engine.model, engine.threshold)


def _show(output: Screen, judging: Judging, calibration: Calibration, before: Point) -> None:
    from rich.text import Text

    kinds = f"{calibration.answerable:,} answerable, {calibration.unanswerable:,} not"
    output.line(
        Text(f"{one_line(calibration.gold)}: {count(calibration.questions, 'question')}, {kinds}", style="bold")
    )
    output.line(f"over the index {one_line(str(judging.settings.index.path))}, {calibration.fingerprint}")
    rows = [
        Row(f"Held out, {calibration.folds} folds", ("now", "95 % interval", "before", "95 % interval"), heading=True),
        Row("threshold", (f"{calibration.threshold:.4f}", "", f"{before.threshold:.4f}", "")),
        Row("false answers", (*_rate(calibration.false_answers), *_rate(before.false_answers))),
        Row("false refusals", (*_rate(calibration.false_refusals), *_rate(before.false_refusals))),
        Row("AUROC", (number(calibration.auroc), "", number(before.auroc), "")),
    ]
    show_table(output, rows)
    output.line()
    output.line(
        "False answers are unanswerable questions that were answered, false refusals answerable ones that were not."
    )
    former = judging.engine.calibration
    if former is not None and former.gold_sha256 == calibration.gold_sha256:
        output.line("The calibration before was fitted on these same questions, so its figures are not held out.")
    if calibration.choice is not None:
        output.line(_chosen(calibration.choice))
    output.line(f"Confidence: the logistic of {formula(calibration.model)}")
    if calibration.false_answers.value > calibration.max_false_answers:
        allowed = number(calibration.max_false_answers, "%")
        output.line(
            f"Held out, more were answered falsely than the {allowed} that you allow: expect that on new questions, "
            "too. A smaller --max-false-answers, or more unanswerable questions, brings it down."
        )
    if calibration.false_refusals.value > MANY:
        output.line("Most answerable questions are refused: allow more false answers with --max-false-answers.")


def _chosen(choice: Choice) -> str:
    fitted, built_in, error = (number(figure) for figure in (choice.auroc_fitted, choice.auroc_built_in, choice.error))
    if choice.fitted:
        return f"Model: fitted to these questions, AUROC {fitted} held out; the built-in one has {built_in}."
    return (
        f"Model: the built-in one, AUROC {built_in}. One fitted to these questions has {fitted} held out, which is not "
        f"better by more than the standard error, {error}."
    )


def _rate(rate: Rate) -> tuple[str, str]:
    return number(rate.value, "%"), interval(rate.low, rate.high, "%")


def _show_written(output: Screen, judging: Judging, written: Path | None) -> None:
    index = judging.settings.index.path
    if written is None:
        output.line("Nothing was written (--dry-run).")
        return
    output.line(hide_tokens(f"Wrote {quoted(str(index / FILE))}"), wrap=False)
    output.line(hide_tokens(f"To undo this: {reset(index)}"), wrap=False)
    threshold = judging.engine.settings.threshold
    if threshold != "auto":
        output.line(
            f'The setting answer.threshold = {threshold:g} overrides this threshold: set it to "auto" to use this one.'
        )
