"""Prepare a gold set to be asked: read it, open or build its index, and find its gold there."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.answering.building import build_index
from bot.answering.opening import open_engine, open_or_build
from bot.evaluation_cache import INDEX, cache_folder, put_mark
from bot.formats.numbers import count
from bot.settings import CorpusSettings, Settings
from bot.streams import notice
from bot.terminal.progress import BuildProgress
from bot.version import NOT_INSTALLED, installed_version
from retrieval.engine import Engine
from retrieval.errors import GoldInvalid, IndexLocked, IndexMismatch, InputInvalid
from retrieval.evaluation.gold import sets as gold_sets
from retrieval.evaluation.gold.parsing import quoted
from retrieval.evaluation.gold.sets import GoldSet
from retrieval.evaluation.gold.targets import pose
from retrieval.evaluation.records import Posed, Provenance
from retrieval.paths import expanded, resolved

MAX_FAULTS = 20  # printed, of the questions that are left out
CORPUS_FORMAT = 1
"""Raised when a gold set's own corpus comes to be written in another way: cached ones are then written again."""


@dataclass(frozen=True, slots=True)
class Judging:
    """A gold set with the index that it is asked over."""

    gold: GoldSet
    engine: Engine
    posed: tuple[Posed, ...]
    """Its questions in order, without those left out."""
    provenance: Provenance
    settings: Settings
    """Those in force, with the corpus and index in use."""
    left_out: tuple[str, ...] = ()
    """Faults of the questions left out, as parts of sentences."""


def judge(
    path: Path, settings: Settings, *, corpus: Path | None = None, indexed: bool = False, skip_bad: bool = False
) -> Judging:
    """Prepare a gold set to be asked.

    It is asked over `corpus`, whose index is kept in the user's cache folder; else over the settings' index if the
    user named it (`indexed`) or the set brings no corpus; else over the corpus that the set brings, cached likewise.
    Raises GoldInvalid with every fault of the set, or with `skip_bad` leaves those questions out and prints a notice;
    raises InputInvalid, CorpusError, IndexFault, ModelError.
    """
    refuse_both(corpus, indexed)
    gold, gold_error = _read(path, settings.answer.max_question, skip_bad)
    folder = corpus
    if folder is None and gold.corpus is not None and not indexed:
        folder = _own_corpus(gold)
    engine, settings = open_over(folder, settings)
    _check_articles(gold, engine, f"The corpus {corpus}" if corpus else f"The index {settings.index.path}")
    posed, faults = _posed(path, gold, engine, gold_error, skip_bad)
    left_out = tuple(sorted((*gold.skipped, *faults), key=lambda fault: _line_number(fault.partition(":")[0])))
    _report_left_out(left_out)
    source = corpus or (path if folder is not None else settings.index.path)
    return Judging(gold, engine, posed, _provenance(gold, engine, source), settings, left_out)


def refuse_both(corpus: Path | None, indexed: bool) -> None:
    """Raise InputInvalid if both a corpus and an index were named."""
    if corpus is not None and indexed:
        raise InputInvalid(
            "--corpus and --index", "were both given", "name the articles or the index to ask over, not both"
        )


def refuse_with_reset(gold: Path | None, *, dry_run: bool, remedy: str) -> None:
    """Raise InputInvalid where --reset was given with a gold set or --dry-run."""
    if gold is not None or dry_run:
        other = "GOLD" if gold is not None else "--dry-run"
        raise InputInvalid(f"--reset and {other}", "were both given", remedy)


def open_over(corpus: Path | None, settings: Settings) -> tuple[Engine, Settings]:
    """Open the engine over a corpus, indexed in the user's cache folder, or over the settings' index if there is none.

    Returns it with the settings that name the corpus and index in use.
    """
    if corpus is None:
        return open_or_build(settings), settings
    settings = _with_cached_index(settings, corpus)
    _build(settings)
    return open_engine(settings), settings


def _read(path: Path, max_length: int, skip_bad: bool) -> tuple[GoldSet, GoldInvalid | None]:
    """Return the gold set; if it has faults, the good questions, and the error to raise with the faults of those."""
    try:
        return gold_sets.read(path, max_length, skip_bad=skip_bad), None
    except GoldInvalid as error:
        if not error.others:
            raise
        return gold_sets.read(path, max_length, skip_bad=True), error


def _check_articles(gold: GoldSet, engine: Engine, source: str) -> None:
    """Raise InputInvalid, instead of a fault for each question, if the index has no article of the gold."""
    by_question = [{span.article for span in question.gold if not span.paragraph} for question in gold.questions]
    articles = set().union(*by_question)
    if sum(map(bool, by_question)) < 2 or any(engine.generation.row_of(article) is not None for article in articles):
        return
    several = len(articles) > 1
    lacks = f"none of the {len(articles):,} articles" if several else f"no article {quoted(*articles)}, the only one"
    raise InputInvalid(
        source,
        f"has {lacks} that the gold set {gold.name} names",
        "name the index to ask over with --index, or its articles with --corpus",
    )


def _posed(
    path: Path, gold: GoldSet, engine: Engine, gold_error: GoldInvalid | None, skip_bad: bool
) -> tuple[tuple[Posed, ...], tuple[str, ...]]:
    """Return the questions with their gold found, and the faults of those left out.

    Raises GoldInvalid with the faults of the set itself and of its places in the index.
    """
    try:
        posed, faults = pose(gold, engine.generation, skip_bad=skip_bad)
    except GoldInvalid as error:
        faults_of_both = (*(gold_error.faults if gold_error else ()), *error.faults)
        in_order = sorted(faults_of_both, key=lambda fault: _line_number(fault[0]))
        raise GoldInvalid(str(path), in_order, error.others) from None
    if gold_error is not None:
        raise gold_error
    return posed, faults


def _line_number(place: str) -> int:
    """Return the number of a line of a gold .jsonl; 0 for any other place, so that those keep their order."""
    digits = place.removeprefix("line ")
    return int(digits) if digits.isdigit() else 0


def _report_left_out(faults: tuple[str, ...]) -> None:
    if not faults:
        return
    more = f"\n  and {len(faults) - MAX_FAULTS:,} more" if len(faults) > MAX_FAULTS else ""
    lines = "".join(f"\n  {fault}" for fault in faults[:MAX_FAULTS])
    notice(f"Left out of the gold set ({count(len(faults), 'fault')}):{lines}{more}")


def _provenance(gold: GoldSet, engine: Engine, corpus: Path) -> Provenance:
    calibration = engine.calibration
    in_force = {setting.name: str(getattr(engine.settings, setting.name)) for setting in fields(engine.settings)}
    calibration_name = f"{calibration.gold}, {calibration.made}" if calibration else "none"
    quoth_version = installed_version() or NOT_INSTALLED
    return Provenance(
        gold=gold.name,
        gold_sha256=gold.sha256,
        corpus=str(corpus),
        index=engine.fingerprint,
        model=engine.generation.manifest.encoder.name,
        threshold=engine.threshold,
        settings=(
            *{**in_force, "reader": engine.reader_digest or "none"}.items(),
            ("calibration", calibration_name),
        ),
        version=quoth_version,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _with_cached_index(settings: Settings, corpus: Path) -> Settings:
    """Return the settings with this corpus and the cached index of it that these settings would build."""
    corpus = resolved(expanded(corpus))
    index, model = settings.index, settings.model
    key = json.dumps([str(corpus), model.name, model.precision, index.max_pieces, index.title, index.exact_up_to])
    path = cache_folder() / hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16] / INDEX
    return replace(settings, corpus=CorpusSettings(corpus), index=replace(index, path=path))


def _build(settings: Settings) -> None:
    """Bring the cached index up to date; one that cannot be updated is rebuilt, since it is only a cache."""
    with BuildProgress() as progress:
        try:
            build_index(settings, progress)
        except IndexMismatch:
            build_index(settings, progress, rebuild=True)
        except IndexLocked:
            notice(f"Another run is indexing {settings.corpus.path}: waiting for it")
            build_index(settings, progress, wait=True)


def _own_corpus(gold: GoldSet) -> Path:
    """Return the cached folder of the corpus that the gold set brings, written on first use, whole or not at all."""
    cache = cache_folder()
    folder = cache / f"gold-{gold.sha256[:16]}-{CORPUS_FORMAT}"
    if folder.is_dir() or gold.corpus is None:
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="writing-", dir=cache) as temporary:
            put_mark(Path(temporary), Path(temporary).name)
            articles = Path(temporary) / "articles"
            articles.mkdir()
            gold.corpus(articles)
            put_mark(articles, folder.name)
            try:
                os.rename(articles, folder)
            except OSError:
                if not folder.is_dir():  # otherwise another run was quicker, and wrote the same
                    raise
    except OSError as error:
        raise InputInvalid(
            f"The cache folder {cache}",
            f"cannot be written ({error.strerror})",
            "make it writable, free some space, or name what to ask over with --corpus or --index",
        ) from error
    return folder
