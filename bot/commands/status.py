"""`quoth status`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.commands.index import megabytes, show_rows
from bot.contract import dump
from bot.faults import FAULT
from bot.screen import screen
from bot.settings import Settings
from retrieval import calibration as calibrations
from retrieval.calibration import Calibration, Rate
from retrieval.confidence import BUILT_IN_THRESHOLD
from retrieval.corpus import digest, scan
from retrieval.errors import CorpusError, IndexDamaged, InputInvalid
from retrieval.generation import Generation
from retrieval.manifest import Manifest

Row = tuple[str, str]
"""A name and what it is; the name is empty where the row goes on."""


@dataclass(frozen=True, slots=True)
class Health:
    """What checking an index found."""

    checked: int
    """Files whose checksum is right."""
    damage: str | None
    """The first fault, as a sentence."""
    corpus: str
    """Whether the corpus is still what was indexed."""
    calibration: Calibration | None = None
    stale: str | None = None
    """Why the calibration is not used; None where it is, or there is none."""


def run(as_json: bool, settings: Settings) -> int:
    """Say what the index is and check every byte of it; 2 if it is damaged."""
    try:
        generation = Generation.current(settings.index.path)
    except IndexDamaged as error:
        return _tell_damage(error, as_json, settings)
    health = examine(generation, settings)
    if as_json:
        sys.stdout.write(dump(_object(generation, health, settings)) + "\n")
    else:
        show_rows(screen(), _rows(generation, health, settings))
    return FAULT if health.damage else 0


def examine(generation: Generation, settings: Settings) -> Health:
    """Check every file of the generation, and the index's calibration; look whether its corpus changed."""
    checked, damage, calibration = 0, None, None
    try:
        calibration = calibrations.read(settings.index.path)
        for _ in generation.verify():
            checked += 1
    except (IndexDamaged, InputInvalid) as error:
        damage = str(error)
    encoder, reranker = generation.manifest.encoder, settings.answer.reranker
    stale = calibration.misfit(encoder, reranker) if calibration else None
    return Health(checked, damage, _corpus_state(generation.manifest, settings.index.path), calibration, stale)


def _corpus_state(manifest: Manifest, index: Path) -> str:
    try:
        sources, _ = scan(Path(manifest.corpus), index)
    except CorpusError as error:
        return f"not to be read: {error}"
    return "unchanged" if digest(sources) == manifest.corpus_digest else "changed since; `quoth index` brings it in"


def _tell_damage(error: IndexDamaged, as_json: bool, settings: Settings) -> int:
    if as_json:
        said = {"index": str(settings.index.path), "healthy": False, "damage": str(error)}
        sys.stdout.write(dump(said) + "\n")
    else:
        show_rows(screen(), (("index", str(settings.index.path)), ("health", f"DAMAGED. {error}")))
    return FAULT


def made(generation: Generation) -> Row:
    """Which generation it is."""
    manifest = generation.manifest
    return "generation", f"{generation.folder.name}, made {manifest.created}, fingerprint {manifest.fingerprint}"


def figures(generation: Generation) -> tuple[Row, ...]:
    """What the generation holds and what made it, for every front end that tells it."""
    manifest, counts, size = generation.manifest, generation.manifest.counts, _size(generation)
    recall = "" if manifest.recall is None else f", recall {manifest.recall:.3f} of exact search"
    encoder = manifest.encoder
    return (
        ("holds", f"{counts.articles:,} articles, {counts.passages:,} passages, {counts.sentences:,} sentences"),
        ("", f"{counts.tokens:,} tokens, from {counts.files:,} files"),
        ("model", f"{encoder.name}, {encoder.precision}, digest {encoder.digest[:12]}"),
        ("passages", f"at most {manifest.passages.max_pieces} word pieces, {_title(manifest)}"),
        ("vectors", f"{manifest.vectors}{recall}"),
        ("on disk", f"{megabytes(size)}, {size / counts.passages:,.0f} bytes a passage"),
        ("made by", ", ".join(f"{name} {version}" for name, version in sorted(manifest.versions.items()))),
    )


def _rows(generation: Generation, health: Health, settings: Settings) -> tuple[Row, ...]:
    return (
        ("index", str(settings.index.path)),
        made(generation),
        ("corpus", generation.manifest.corpus),
        ("", health.corpus),
        *figures(generation),
        *_refusal_rows(generation, health, settings),
        ("settings", str(settings.file or "the defaults")),
        ("health", f"DAMAGED. {health.damage}" if health.damage else f"good: {health.checked} checksums are right"),
    )


def _object(generation: Generation, health: Health, settings: Settings) -> dict[str, Any]:
    manifest = generation.manifest
    size = _size(generation)
    return {
        "index": str(settings.index.path),
        "generation": int(generation.folder.name),
        "created": manifest.created,
        "fingerprint": manifest.fingerprint,
        "corpus": {"path": manifest.corpus, "state": health.corpus},
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
        "healthy": health.damage is None,
        "damage": health.damage,
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
    return f"{100 * rate.value:.1f} % [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


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


def _title(manifest: Manifest) -> str:
    return "read behind the title" if manifest.passages.title else "read without the title"


def _size(generation: Generation) -> int:
    return sum(size for size, _ in generation.manifest.files.values())
