"""Whether an index is as it was written: every file of every generation that is kept, and its calibration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import worded
from bot.remedies import build
from bot.settings import Settings
from retrieval import indexes
from retrieval.answering import calibration as calibrations
from retrieval.answering import tuned_reader
from retrieval.answering.calibration import Calibration
from retrieval.answering.tuned_reader import TunedReader, digest_in_force
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
    TunedReaderUnusable,
)
from retrieval.index import folder
from retrieval.index.generation import Generation
from retrieval.index.manifest import Manifest
from retrieval.remedies import BuildIndex


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of checking the files of a generation."""

    checked: int = 0
    """Files whose checksum is right."""
    damage: str | None = None
    """The first fault, as a sentence."""
    unread: str | None = None
    """Why it could not be checked, as a sentence; this is not damage."""
    missing: str | None = None
    """That it does not exist, as a sentence; this is not damage either."""
    foreign: bool = False
    """Whether another version of quoth made it, which this one cannot check."""

    @property
    def sound(self) -> bool:
        """Whether no fault was found."""
        return self.damage is None and self.unread is None and self.missing is None

    def __str__(self) -> str:
        if self.damage:
            return f"DAMAGED. {self.damage}"
        if self.unread:
            return f"not known. {self.unread}"
        if self.missing:
            return f"missing. {self.missing}"
        if self.foreign:
            return "made by another version of quoth, not used"
        return f"good: {self.checked} checksums are right"


@dataclass(frozen=True, slots=True)
class Former:
    """A generation before the current one that is kept, and the outcome of checking it."""

    number: int
    replaced: str
    manifest: Manifest | None
    """None where it cannot be read."""
    check: Check


@dataclass(frozen=True, slots=True)
class Health:
    """The outcome of checking an index."""

    check: Check
    """Of the current generation, the calibration and the tuned reader."""
    corpus: str
    """Whether the corpus is still what was indexed."""
    threshold: float
    """The threshold in force."""
    calibration: Calibration | None = None
    stale: str | None = None
    """Why the calibration is not used; None where it is, or there is none."""
    former: tuple[Former, ...] = ()
    """Newest first."""
    tuned: TunedReader | None = None
    """The reader tuned for the index, whether or not a setting overrides it."""

    @property
    def sound(self) -> bool:
        """Whether every generation that is kept is as it was written."""
        return self.check.sound and all(former.check.sound for former in self.former)


def examine(settings: Settings) -> tuple[Generation, Health]:
    """Check the index's current generation, those before it and its calibration, and whether its corpus has changed.

    Starts again where builds remove the current generation meanwhile. Raises IndexDamaged or IndexUnreadable where no
    current generation can be opened.
    """
    index = settings.index.path
    while True:
        generation = indexes.current(index)
        health = _health(generation, settings)
        if not health.check.damage or generation.folder in _folders(index):
            return generation, health


def fault(error: QuothError, *, former: bool = False) -> Check:
    """Return what an error says of a generation; the remedy for a former one differs and is left to the caller."""
    sentence = f"{error.fault}." if former and isinstance(error, IndexDamaged) else worded(error)
    if isinstance(error, GenerationMissing):
        return Check(missing=sentence)
    return Check(unread=sentence) if isinstance(error, IndexUnreadable) else Check(damage=sentence)


def former_generations(index: Path) -> tuple[Former, ...]:
    """Return the former generations of an index whose current one cannot be opened; none if no list is readable."""
    try:
        return tuple(_former(None, index))
    except IndexFault:
        return ()


def _health(generation: Generation, settings: Settings) -> Health:
    index, check = settings.index.path, _check(generation)
    calibration: Calibration | None = None
    tuned: TunedReader | None = None
    try:
        calibration = calibrations.read(index)
        tuned = tuned_reader.read(index)
    except (InputInvalid, IndexUnreadable, TunedReaderUnusable) as error:
        check = fault(error) if check.sound else check
    answer = settings.answer
    stale = (
        calibration.misfit(generation.manifest.encoder, answer.reranker, digest_in_force(answer.reader, index))
        if calibration
        else None
    )
    return Health(
        check,
        _corpus_state(generation.manifest, settings),
        calibrations.threshold_in_force(settings.answer, None if stale else calibration),
        calibration,
        stale,
        tuple(_former(generation.folder, index)),
        tuned,
    )


def _folders(index: Path) -> list[Path]:
    return [listed.folder for listed in indexes.listed(index)]


def _check(generation: Generation, *, former: bool = False) -> Check:
    checked = 0
    try:
        for _ in generation.verify():
            checked += 1
    except (IndexDamaged, IndexUnreadable) as error:
        return replace(fault(error, former=former), checked=checked)
    return Check(checked)


def _former(current: Path | None, index: Path) -> Iterator[Former]:
    """Yield the generations that are kept, except the one in `current` and those that a build removes meanwhile."""
    for listed in indexes.listed(index):
        if listed.folder == current or listed.replaced is None:
            continue
        manifest = None
        try:
            generation = indexes.opened(index, listed)
            manifest, check = generation.manifest, _check(generation, former=True)
        except (IndexDamaged, IndexUnreadable) as error:
            check = fault(error, former=True)
        except IndexMismatch:
            check = Check(foreign=True)
        if check.sound or listed.folder in _folders(index):
            yield Former(int(listed.folder.name), listed.replaced, manifest, check)


def _corpus_state(manifest: Manifest, settings: Settings) -> str:
    index = settings.index.path
    try:
        sources, _ = scan(Path(manifest.corpus), folder.is_part_of(index), settings.metadata)
    except CorpusError as error:
        return f"not to be read: {worded(error)}"
    if digest(sources) == manifest.corpus_digest:
        return "unchanged"
    return f"changed since; `{build(BuildIndex(index, manifest.corpus))}` brings it in"
