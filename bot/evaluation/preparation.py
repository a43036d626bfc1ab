"""From a gold set to questions ready to be asked: the set read, its index opened or built, its places found there."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.answering.building import build_index
from bot.answering.opening import open_engine, open_or_build
from bot.settings import CorpusSettings, Settings
from bot.streams import notice
from bot.terminal.progress import BuildProgress
from retrieval.engine import Engine
from retrieval.errors import GoldInvalid, IndexLocked, IndexMismatch, InputInvalid
from retrieval.evaluation.gold import sets as gold_sets
from retrieval.evaluation.gold.parsing import quoted
from retrieval.evaluation.gold.sets import GoldSet
from retrieval.evaluation.gold.targets import pose
from retrieval.evaluation.records import Posed, Provenance
from retrieval.paths import expanded, resolved

MOST_FAULTS = 20  # that are told of questions which were left out
WRITTEN = 1
"""Raised when a gold set's own corpus comes to be written in another way: what was kept is then written again."""


@dataclass(frozen=True, slots=True)
class Judging:
    """A gold set and the index that it is asked over."""

    gold: GoldSet
    engine: Engine
    posed: tuple[Posed, ...]
    """Its questions, in order, without those that were left out."""
    provenance: Provenance
    settings: Settings
    """Those in force, with the corpus and index that were taken."""
    left_out: tuple[str, ...] = ()
    """Faults of the questions that were left out, as sentence parts."""


def judge(
    path: Path, settings: Settings, *, corpus: Path | None = None, indexed: bool = False, skip_bad: bool = False
) -> Judging:
    """Make a gold set ready to be asked.

    It is asked over `corpus`, whose index is kept in the user's cache folder; else over the settings' index where
    `indexed` says that this was named, or the set brings no corpus; else over the corpus that it brings, kept likewise.
    Raises GoldInvalid with every fault of the set, or leaves those questions out, with a notice, where `skip_bad`;
    InputInvalid, CorpusError, IndexFault, ModelError.
    """
    refuse_both(corpus, indexed)
    gold, unfit = _read(path, settings.answer.max_question, skip_bad)
    own = corpus
    if own is None and gold.corpus is not None and not indexed:
        own = _brought(gold)
    engine, settings = open_over(own, settings)
    _check_articles(gold, engine, f"The corpus {corpus}" if corpus else f"The index {settings.index.path}")
    posed, faults = _posed(path, gold, engine, unfit, skip_bad)
    left_out = tuple(sorted((*gold.skipped, *faults), key=lambda fault: _line(fault.partition(":")[0])))
    _tell(left_out)
    named = corpus or (path if own is not None else settings.index.path)
    return Judging(gold, engine, posed, _provenance(gold, engine, named), settings, left_out)


def refuse_both(corpus: Path | None, indexed: bool) -> None:
    """Raise InputInvalid where both a corpus and an index were named."""
    if corpus is not None and indexed:
        raise InputInvalid(
            "--corpus and --index", "were both given", "name the articles or the index to ask over, not both"
        )


def open_over(corpus: Path | None, settings: Settings) -> tuple[Engine, Settings]:
    """The engine over a corpus, whose index is kept in the user's cache folder, and the settings with both; over the
    settings' index where no corpus is named."""
    if corpus is None:
        return open_or_build(settings), settings
    settings = _indexing(settings, corpus)
    _build(settings)
    return open_engine(settings), settings


def _read(path: Path, longest: int, skip_bad: bool) -> tuple[GoldSet, GoldInvalid | None]:
    """The gold set; where it has faults, the questions without, and the faults to be told with those of the rest."""
    try:
        return gold_sets.read(path, longest, skip_bad=skip_bad), None
    except GoldInvalid as error:
        if not error.others:
            raise
        return gold_sets.read(path, longest, skip_bad=True), error


def _check_articles(gold: GoldSet, engine: Engine, over: str) -> None:
    """Raise InputInvalid, in place of a fault for each question, where no article of the gold is there."""
    asked = [{span.article for span in one.gold if not span.paragraph} for one in gold.questions]
    named = set().union(*asked)
    if sum(map(bool, asked)) < 2 or any(engine.generation.row_of(article) is not None for article in named):
        return
    lacks = f"none of the {len(named):,} articles" if len(named) > 1 else f"no article {quoted(*named)}, the only one"
    raise InputInvalid(
        over,
        f"has {lacks} that the gold set {gold.name} names",
        "name the index to ask over with --index, or its articles with --corpus",
    )


def _posed(
    path: Path, gold: GoldSet, engine: Engine, unfit: GoldInvalid | None, skip_bad: bool
) -> tuple[tuple[Posed, ...], tuple[str, ...]]:
    """The questions with their places, and what was left out; raises GoldInvalid with the faults of both."""
    try:
        posed, faults = pose(gold, engine.generation, skip_bad=skip_bad)
    except GoldInvalid as error:
        both = (*(unfit.faults if unfit else ()), *error.faults)
        raise GoldInvalid(str(path), sorted(both, key=lambda fault: _line(fault[0])), error.others) from None
    if unfit is not None:
        raise unfit
    return posed, faults


def _line(where: str) -> int:
    """The number of a line of a gold .jsonl; what is named otherwise keeps its order."""
    number = where.removeprefix("line ")
    return int(number) if number.isdigit() else 0


def _tell(faults: tuple[str, ...]) -> None:
    if not faults:
        return
    more = f"\n  and {len(faults) - MOST_FAULTS:,} more" if len(faults) > MOST_FAULTS else ""
    listed = "".join(f"\n  {fault}" for fault in faults[:MOST_FAULTS])
    notice(f"Left out of the gold set, {len(faults):,} fault{'s' * (len(faults) > 1)}:{listed}{more}")


def _provenance(gold: GoldSet, engine: Engine, corpus: Path) -> Provenance:
    answer, calibration = engine.settings, engine.calibration
    trust = f"{calibration.gold}, {calibration.made}" if calibration else "none"
    try:
        quoth = version("quoth")
    except PackageNotFoundError:
        quoth = "a checkout that is not installed"
    return Provenance(
        gold=gold.name,
        gold_sha256=gold.sha256,
        corpus=str(corpus),
        index=engine.fingerprint,
        model=engine.generation.manifest.encoder.name,
        threshold=engine.threshold,
        settings=(
            *((item.name, str(getattr(answer, item.name))) for item in fields(answer)),
            ("calibration", trust),
        ),
        version=quoth,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _home() -> Path:
    """Where indexes of evaluations are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("quoth") / "evaluation"


def _indexing(settings: Settings, corpus: Path) -> Settings:
    """The settings with this corpus, and with the index that is kept of it as these settings make it."""
    corpus = resolved(expanded(corpus))
    made, model = settings.index, settings.model
    said = json.dumps(
        [str(resolved(corpus)), model.name, model.precision, made.max_pieces, made.title, made.exact_up_to]
    )
    index = _home() / hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:16] / "index"
    return replace(settings, corpus=CorpusSettings(corpus), index=replace(settings.index, path=index))


def _build(settings: Settings) -> None:
    """Bring the kept index up to date; what cannot be added to is made anew, since it is only kept."""
    with BuildProgress() as progress:
        try:
            build_index(settings, progress)
        except IndexMismatch:
            build_index(settings, progress, rebuild=True)
        except IndexLocked:
            notice(f"Another run is indexing {settings.corpus.path}: waiting for it")
            build_index(settings, progress, wait=True)


def _brought(gold: GoldSet) -> Path:
    """The folder of the corpus that the gold set brings, written when it is first asked for; whole, or not there."""
    home = _home()
    folder = home / f"gold-{gold.sha256[:16]}-{WRITTEN}"
    if folder.is_dir() or gold.corpus is None:
        return folder
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="writing-", dir=home) as beside:
            written = Path(beside) / "articles"
            written.mkdir()
            gold.corpus(written)
            try:
                os.rename(written, folder)
            except OSError:
                if not folder.is_dir():  # another run was quicker, and wrote the same
                    raise
    except OSError as error:
        raise InputInvalid(
            f"The cache folder {home}",
            f"cannot be written ({error.strerror})",
            "make it writable, free some space, or name what to ask over with --corpus or --index",
        ) from error
    return folder
