"""`quoth status`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bot.evaluation.numbers import interval, number
from bot.exit_status import FAULT
from bot.formats.json_output import dump
from bot.settings import Settings
from bot.terminal.index_view import Row, bytes_of, content_rows, generation_row, megabytes, show_rows
from bot.terminal.screen import screen
from retrieval import remedy
from retrieval.answering import calibration as calibrations
from retrieval.answering.calibration import Calibration, Rate
from retrieval.answering.confidence import BUILT_IN_THRESHOLD
from retrieval.articles.corpus import digest, scan
from retrieval.errors import (
    CorpusError,
    GenerationMissing,
    IndexDamaged,
    IndexFault,
    IndexMismatch,
    IndexUnreadable,
    InputInvalid,
    QuothError,
)
from retrieval.index import folder
from retrieval.index.generation import Generation
from retrieval.index.manifest import Manifest
from retrieval.redaction import hide_tokens

ONLY_CITATIONS = "It only serves citations of articles that have changed since, which cannot be shown without it"


@dataclass(frozen=True, slots=True)
class Check:
    """What checking the files of a generation found."""

    checked: int = 0
    """Files whose checksum is right."""
    damage: str | None = None
    """The first fault, as a sentence."""
    unread: str | None = None
    """Why it could not be checked, as a sentence: that is no damage."""
    missing: str | None = None
    """That it is not there, as a sentence: that is no damage either."""
    other: bool = False
    """Whether another version of quoth made it, which this one cannot check."""

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against its being as it was written."""
        return self.damage is None and self.unread is None and self.missing is None

    def __str__(self) -> str:
        if self.damage:
            return f"DAMAGED. {self.damage}"
        if self.unread:
            return f"not known. {self.unread}"
        if self.missing:
            return f"missing. {self.missing}"
        return (
            "made by another version of quoth, not used" if self.other else f"good: {self.checked} checksums are right"
        )


@dataclass(frozen=True, slots=True)
class Former:
    """A generation before the current one that is kept, and what checking it found."""

    number: int
    replaced: str
    manifest: Manifest | None
    """None where it cannot be read."""
    check: Check


@dataclass(frozen=True, slots=True)
class Health:
    """What checking an index found."""

    check: Check
    """Of the current generation, and of the calibration."""
    corpus: str
    """Whether the corpus is still what was indexed."""
    calibration: Calibration | None = None
    stale: str | None = None
    """Why the calibration is not used; None where it is, or there is none."""
    former: tuple[Former, ...] = ()
    """Newest first."""

    @property
    def sound(self) -> bool:
        """Whether all that is kept is as it was written."""
        return self.check.sound and all(one.check.sound for one in self.former)


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """Options of `quoth status`."""

    as_json: bool


def run(options: StatusOptions, settings: Settings) -> int:
    """Say what the index is and check every byte of it; 2 if it is damaged, lacks a part or cannot be checked."""
    try:
        generation, health = _examined(settings)
    except (IndexDamaged, IndexUnreadable) as error:
        return _tell_fault(_fault(error), _former_of_none(settings.index.path), options.as_json, settings)
    if options.as_json:
        sys.stdout.write(dump(_object(generation, health, settings)) + "\n")
    else:
        show_rows(screen(), _rows(generation, health, settings))
    return 0 if health.sound else FAULT


def _examined(settings: Settings) -> tuple[Generation, Health]:
    """The current generation and what was found; another one where builds took it away while it was checked."""
    index = settings.index.path
    while True:
        generation = Generation.current(index)
        health = examine(generation, settings)
        if not health.check.damage or generation.folder in [one.folder for one in folder.listed(index)]:
            return generation, health


def examine(generation: Generation, settings: Settings) -> Health:
    """Check every file of the generation, of those before it, and the index's calibration; look whether its corpus
    changed."""
    index, calibration, check = settings.index.path, None, _check(generation)
    try:
        calibration = calibrations.read(index)
    except (InputInvalid, IndexUnreadable) as error:
        check = _fault(error) if check.sound else check
    encoder, reranker = generation.manifest.encoder, settings.answer.reranker
    stale = calibration.misfit(encoder, reranker) if calibration else None
    former = tuple(_former(generation.folder, index))
    return Health(check, _corpus_state(generation.manifest, index), calibration, stale, former)


def _check(generation: Generation, *, former: bool = False) -> Check:
    checked = 0
    try:
        for _ in generation.verify():
            checked += 1
    except (IndexDamaged, IndexUnreadable) as error:
        return replace(_fault(error, former=former), checked=checked)
    return Check(checked)


def _fault(error: QuothError, *, former: bool = False) -> Check:
    """What an error says of a generation; the remedy for a former one is another and is told apart."""
    sentence = f"{error.fault}." if former and isinstance(error, IndexDamaged) else str(error)
    if isinstance(error, GenerationMissing):
        return Check(missing=sentence)
    return Check(unread=sentence) if isinstance(error, IndexUnreadable) else Check(damage=sentence)


def _former_of_none(index: Path) -> tuple[Former, ...]:
    """The generations before the current one, where that cannot be opened; none where no list of them can be read."""
    try:
        return tuple(_former(None, index))
    except IndexFault:
        return ()


def _former(current: Path | None, index: Path) -> Iterator[Former]:
    """The generations that are kept, but for the current one, which lies in `current`; not those that a build takes
    away while they are checked."""
    for kept in folder.listed(index):
        if kept.folder == current or kept.replaced is None:
            continue
        manifest = None
        try:
            generation = Generation.opened(kept)
            manifest, check = generation.manifest, _check(generation, former=True)
        except (IndexDamaged, IndexUnreadable) as error:
            check = _fault(error, former=True)
        except IndexMismatch:
            check = Check(other=True)
        if check.sound or kept.folder in [one.folder for one in folder.listed(index)]:
            yield Former(int(kept.folder.name), kept.replaced, manifest, check)


def _corpus_state(manifest: Manifest, index: Path) -> str:
    try:
        sources, _ = scan(Path(manifest.corpus), folder.is_part_of(index))
    except CorpusError as error:
        return f"not to be read: {error}"
    if digest(sources) == manifest.corpus_digest:
        return "unchanged"
    return f"changed since; `{remedy.build(index, manifest.corpus)}` brings it in"


def _tell_fault(check: Check, former: Sequence[Former], as_json: bool, settings: Settings) -> int:
    index = str(settings.index.path)
    if as_json:
        listed = [_former_object(one) for one in former]
        faults = {"index": hide_tokens(index), "healthy": False, **_faults_object(check), "former": listed}
        sys.stdout.write(dump(faults) + "\n")
    else:
        again = remedy.rebuild(settings.index.path)
        show_rows(screen(), (("index", index), *_former_rows(former, again), ("health", str(check))))
    return FAULT


def _faults_object(check: Check) -> dict[str, str | None]:
    return {"damage": check.damage, "unread": check.unread, "missing": check.missing}


def _rows(generation: Generation, health: Health, settings: Settings) -> tuple[Row, ...]:
    return (
        ("index", str(settings.index.path)),
        generation_row(generation),
        ("corpus", generation.manifest.corpus),
        ("", health.corpus),
        *content_rows(generation.manifest),
        *_refusal_rows(generation, health, settings),
        *_former_rows(health.former, remedy.build(settings.index.path, generation.manifest.corpus)),
        ("settings", str(settings.file or "the defaults")),
        ("health", f"{health.check}{_but_former(health.former)}"),
    )


def _but_former(former: Sequence[Former]) -> str:
    """What is added where not all former generations are sound."""
    faulty = [f"{one.number:06d}" for one in former if not one.check.sound]
    return f"; not so the former {', '.join(faulty)}, see above" if faulty else ""


def _former_rows(former: Sequence[Former], again: str) -> Iterator[Row]:
    for row, one in enumerate(former):
        manifest = one.manifest
        made = f"made {manifest.created}, {megabytes(bytes_of(manifest))}, " if manifest else ""
        yield "former" if row == 0 else "", f"{one.number:06d}, {made}replaced {one.replaced}"
        yield "", str(one.check)
        if one.check.damage:
            yield "", f"{ONLY_CITATIONS}: remove its folder, then run `{again}`."
        if one.check.missing:
            yield "", f"{ONLY_CITATIONS}: put it back, or run `{again}`, which then lists it no longer."


def _object(generation: Generation, health: Health, settings: Settings) -> dict[str, Any]:
    manifest = generation.manifest
    size = bytes_of(manifest)
    return {
        "index": hide_tokens(str(settings.index.path)),
        "generation": int(generation.folder.name),
        "created": manifest.created,
        "fingerprint": manifest.fingerprint,
        "corpus": {"path": hide_tokens(manifest.corpus), "state": health.corpus},
        **asdict(manifest.counts),
        "model": asdict(manifest.encoder),
        "passage_settings": asdict(manifest.passages),
        "vectors": manifest.vectors,
        "recall": manifest.recall,
        "bytes": size,
        "bytes_per_passage": round(size / manifest.counts.passages, 1),
        "versions": dict(manifest.versions),
        "threshold": _threshold(health, settings),
        "calibration": _calibration_object(generation, health),
        "healthy": health.sound,
        **_faults_object(health.check),
        "former": [_former_object(one) for one in health.former],
    }


def _former_object(former: Former) -> dict[str, Any]:
    manifest = former.manifest
    return {
        "generation": former.number,
        "created": manifest.created if manifest else None,
        "replaced": former.replaced,
        "fingerprint": manifest.fingerprint if manifest else None,
        "bytes": bytes_of(manifest) if manifest else None,
        "healthy": former.check.sound,
        **_faults_object(former.check),
    }


def _refusal_rows(generation: Generation, health: Health, settings: Settings) -> Iterator[Row]:
    """When it refuses, and what that was fitted on."""
    made, threshold = health.calibration, f"{_threshold(health, settings):.4g}"
    if made is None:
        yield "refusals", f"not calibrated: threshold {threshold}"
        return
    if health.stale:
        yield "refusals", f"threshold {threshold}; the calibration is not used: {health.stale}"
        return
    set_by_hand = "" if settings.answer.threshold == "auto" else f", which the setting {threshold} overrides"
    yield "refusals", f"calibrated: threshold {made.threshold:.4g}{set_by_hand}"
    yield "", f"on {made.gold}, {made.questions:,} questions, {made.made[:10]}"
    if made.reranker:
        yield "", f"with the reranker {made.reranker}"
    yield "", f"false answers {_rate(made.false_answers)}, held out"
    yield "", f"false refusals {_rate(made.false_refusals)}, held out"
    if made.fingerprint != generation.manifest.fingerprint:
        yield "", f"made on fingerprint {made.fingerprint}; the index has changed since"


def _rate(rate: Rate) -> str:
    return f"{number(rate.value, '%')} ({interval(rate.low, rate.high, '%')})"


def _threshold(health: Health, settings: Settings) -> float:
    """The one in force."""
    if settings.answer.threshold != "auto":
        return settings.answer.threshold
    used = health.calibration if not health.stale else None
    return used.threshold if used else BUILT_IN_THRESHOLD


def _calibration_object(generation: Generation, health: Health) -> dict[str, Any] | None:
    if health.calibration is None:
        return None
    unchanged = health.calibration.fingerprint == generation.manifest.fingerprint
    return {**asdict(health.calibration), "index_unchanged": unchanged, "not_used": health.stale}
