"""`quoth tune`."""

from __future__ import annotations

import logging
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.feedback_questions import read_feedback
from bot.evaluation.preparation import Judging, judge, refuse_with_reset
from bot.evaluation.tables import Row, show_table
from bot.exit_status import INTERRUPTED
from bot.formats.json_output import dump
from bot.formats.numbers import chance, change, count, interval, number
from bot.formats.shell import command, quoted
from bot.formats.visible import one_line
from bot.remedies import calibrate, named, remove_reader
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.progress import Bar
from bot.terminal.screen import Screen, screen
from retrieval.answering import tuned_reader
from retrieval.answering.reader import checked_digest, open_reader
from retrieval.answering.tuned_reader import TunedReader, Tuning
from retrieval.encoding.models import DEFAULT_MODEL, packaged_folder
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.evaluation.gold.sets import check_exists
from retrieval.evaluation.records import Difference
from retrieval.extras import require
from retrieval.redaction import hide_tokens
from retrieval.settings import AUTO_READER

if TYPE_CHECKING:
    from retrieval.training.tuner import Stage, Trial, Tuner

NOTHING_KEPT = 1
"""The exit status where the tuned readers are not better."""
MOST_FOLDS, MOST_EPOCHS = 20, 100
STAGES = {
    "before": "Asking questions",
    "search": "Finding passages",
    "read": "Reading passages",
    "train": "Training",
    "export": "Exporting",
    "odds": "Asking held-out questions",
    "after": "Asking them again",
    "final": "Training on all questions",
}
NAMES = {
    "quotes P@1": "P@1",
    "quotes Success@3": "Success@3",
    "quotes RR@10": "RR@10",
    "refusals AUROC": "AUROC",
    "refusals false refusals": "false refusals",
    "refusals false answers": "false answers",
}


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """Options of `quoth tune`."""

    gold: Path | None
    """None with `reset` alone."""
    feedback: tuple[Path, ...] = ()
    corpus: Path | None = None
    indexed: bool = False
    """Whether an index was named, which comes before a corpus that the gold set brings."""
    folds: int = 5
    epochs: int = 3
    dry_run: bool = False
    reset: bool = False
    """Remove the index's tuned reader instead."""
    skip_bad: bool = False
    as_json: bool = False


def run(options: TuneOptions, settings: Settings) -> int:
    """Tune the reader on a gold set, and keep it with the index if it is better on held-out articles."""
    gold = _checked(options, settings)
    if gold is None:
        return _reset(options, settings)
    try:
        with tempfile.TemporaryDirectory(prefix="quoth-tune-") as scratch, _quiet_libraries():
            judging = judge(gold, settings, corpus=options.corpus, indexed=options.indexed, skip_bad=options.skip_bad)
            tuning, trial, kept = _tune(judging, options, Path(scratch))
    except KeyboardInterrupt:
        notice("Interrupted; the index's reader is unchanged, and the same command starts over.")
        return INTERRUPTED
    if options.as_json:
        head = {"index": hide_tokens(str(judging.settings.index.path)), "better": trial.better}
        sys.stdout.write(dump({**head, "written": kept is not None, **asdict(tuning)}) + "\n")
    else:
        _show(screen(), judging, tuning, trial)
        _show_written(screen(), judging, trial, kept, dry_run=options.dry_run)
    return 0 if trial.better else NOTHING_KEPT


def _checked(options: TuneOptions, settings: Settings) -> Path | None:
    """Return the gold set, or None for a reset; raise InputInvalid for options that cannot be followed."""
    if options.reset:
        refuse_with_reset(options.gold, dry_run=options.dry_run, remedy="remove the tuned reader, or tune another")
        return None
    if options.gold is None:
        example = command("tune", "gold.jsonl", *named(settings.index.path if options.indexed else None))
        raise InputInvalid(
            "The gold set", "is missing", f"name one, as in {example}, or remove the tuned reader with --reset"
        )
    for name, value, least, most in (
        ("--folds", options.folds, 2, MOST_FOLDS),
        ("--epochs", options.epochs, 1, MOST_EPOCHS),
    ):
        if not least <= value <= most:
            raise InputInvalid(f"{name} {value}", f"is not from {least} to {most}", "leave it out for the usual number")
    if not settings.answer.reader:
        remedy = 'leave the setting out, or set it to "auto"'
        raise InputInvalid('The setting answer.reader = ""', "turns the reader off, so there is none to tune", remedy)
    check_exists(options.gold)
    if options.indexed and not options.dry_run:
        tuned_reader.check_place(settings.index.path)
    require("models", "Tuning")
    return options.gold


def _reset(options: TuneOptions, settings: Settings) -> int:
    index = settings.index.path
    removed = tuned_reader.remove(index)
    if options.as_json:
        sys.stdout.write(dump({"index": hide_tokens(str(index)), "removed": removed}) + "\n")
    elif removed:
        notice(f"Removed the tuned reader of the index {index}; the built-in one reads again.")
    else:
        notice(f"The index {index} has no tuned reader.")
    return 0


def _tune(judging: Judging, options: TuneOptions, scratch: Path) -> tuple[Tuning, Trial, TunedReader | None]:
    """Return what was learned, how well it does, and the reader that was kept, if any."""
    from retrieval.training.tuner import Tuner, changes
    from retrieval.training.tuning import TuningPlan

    setting = judging.engine.settings.reader
    assert setting is not None
    base = tuned_reader.base_folder(setting)
    engine = _engine_with(judging.engine, base)
    feedback = read_feedback(options.feedback, engine, judging.settings)
    with Bar("Asking questions") as bar:
        progress = _Progress(bar)
        plan = TuningPlan(options.epochs)
        tuner = Tuner(engine, base, packaged_folder(DEFAULT_MODEL), plan, scratch, progress)
        provenance = replace(judging.provenance, threshold=engine.threshold)
        trial = tuner.trial(judging.posed, feedback, provenance, options.folds)
        answerable = sum(bool(question.targets) for question in judging.posed)
        tuning = Tuning(
            base=checked_digest(base),
            gold=provenance.gold,
            gold_sha256=provenance.gold_sha256,
            fingerprint=provenance.index,
            answerable=answerable,
            unanswerable=len(judging.posed) - answerable,
            feedback=len(feedback),
            folds=trial.folds,
            epochs=options.epochs,
            figures=changes(trial.figures),
            version=provenance.version,
            made=provenance.made,
            offset=round(trial.offset, 4),
        )
        kept = _keep(tuner, tuning, judging) if trial.better and not options.dry_run else None
    return tuning, trial, kept


def _keep(tuner: Tuner, tuning: Tuning, judging: Judging) -> TunedReader:
    from retrieval.training.tuner import TunedCard

    reader = judging.engine.reader
    languages = tuple(sorted(reader.languages)) if reader is not None else ("en",)
    data = f"{tuning.gold}, {count(tuning.questions, 'question')}, and {tuning.feedback:,} of feedback"
    figures = ", ".join(f"{figure.name} {figure.before:.3f} to {figure.after:.3f}" for figure in tuning.figures)
    card = TunedCard(f"the reader {tuning.base}", data, 0, f"held out: {figures}", languages, tuning)
    return tuned_reader.write(judging.settings.index.path, tuner.export(card, tuning.offset))


def _engine_with(engine: Engine, base: Path) -> Engine:
    """Return the engine with the reader to tune, and without a calibration, which may be another's."""
    return Engine(engine.generation, engine.encoder, engine.settings, None, engine.reranker, open_reader(base))


class _Progress:
    """Shows each stage in turn."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._stage: Stage | None = None

    def __call__(self, stage: Stage, finished: int, total: int) -> None:
        if stage != self._stage:
            self._stage = stage
            fold = f", fold {stage.fold} of {stage.folds}" if stage.fold else ""
            self._bar.stage(f"{STAGES[stage.name]}{fold}")
        self._bar(finished, total)


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Keep torch and transformers from writing beside the progress what is no concern of who tunes."""
    disabled = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(disabled)


def _show(output: Screen, judging: Judging, tuning: Tuning, trial: Trial) -> None:
    from rich.text import Text

    kinds = f"{tuning.answerable:,} answerable, {tuning.unanswerable:,} not"
    feedback = f", and {count(tuning.feedback, 'line')} of feedback to learn from" if tuning.feedback else ""
    output.line(
        Text(f"{one_line(tuning.gold)}: {count(tuning.questions, 'question')}, {kinds}{feedback}", style="bold")
    )
    output.line(f"over the index {one_line(str(judging.settings.index.path))}, {tuning.fingerprint}")
    heading = ("before", "tuned", "change", "95 % interval", "p")
    rows = [Row(f"Held out, {tuning.folds} folds", heading, heading=True), *map(_row, trial.figures)]
    show_table(output, rows)
    output.line()
    output.line(
        f"No reader had learned from questions on the articles it was asked about. Before is the reader {tuning.base}; "
        "neither is calibrated."
    )


def _row(figure: Difference) -> Row:
    cells = (
        number(figure.before, figure.unit),
        number(figure.after, figure.unit),
        change(figure.difference, figure.unit),
        interval(figure.low, figure.high, figure.unit),
        chance(figure.p),
    )
    return Row(NAMES[f"{figure.group} {figure.name}"], cells)


def _show_written(output: Screen, judging: Judging, trial: Trial, kept: TunedReader | None, *, dry_run: bool) -> None:
    index = judging.settings.index.path
    if not trial.better:
        reason = "the first quote is not significantly more often right"
        if trial.worse:
            worse = ", ".join(NAMES[f"{figure.group} {figure.name}"] for figure in trial.worse)
            reason = f"it is significantly worse in {worse}"
        output.line(f"Nothing was kept: {reason} with the tuned reader than with the one before.")
        return
    if kept is None:
        output.line("The tuned reader is significantly better, but nothing was written (--dry-run).")
        return
    output.line(hide_tokens(f"Wrote {quoted(str(kept.folder))}, the reader {kept.digest}"), wrap=False)
    output.line(hide_tokens(f"To undo this: {remove_reader(index)}"), wrap=False)
    output.line(hide_tokens(f"A calibration is for one reader: make it with {calibrate(index)}"), wrap=False)
    setting = judging.engine.settings.reader
    if setting != AUTO_READER:
        output.line(f'The setting answer.reader = "{setting}" overrides it: set it to "auto" to use the tuned reader.')
