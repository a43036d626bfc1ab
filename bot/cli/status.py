"""`quoth status`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.chat_log.address import Place
from bot.chat_log.database import StoreUnusable, check_version
from bot.chat_log.postgres import version_on
from bot.chat_log.sqlite import faults
from bot.chat_log.tables import APPLICATION, TABLES
from bot.errors import worded
from bot.exit_status import FAULT
from bot.formats.json_output import dump, warnings_object
from bot.index_health import Check, Former, Health, examine, fault, former_generations
from bot.settings import Settings
from bot.source_record import Source
from bot.sources.state import State, source_states
from bot.terminal.index_view import Row, bytes_of, fault_rows, show_left_out, show_rows, status_rows
from bot.terminal.screen import screen
from bot.terminal.source_view import source_rows
from bot.terminal.warnings_view import show_warnings
from retrieval.errors import ExtraMissing, IndexDamaged, IndexUnreadable
from retrieval.index.documents import warnings_of
from retrieval.index.generation import Generation
from retrieval.records import Warn
from retrieval.redaction import hide_tokens


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """Options of `quoth status`."""

    as_json: bool
    verbose: bool = False


def run(options: StatusOptions, settings: Settings) -> int:
    """Describe the index and check every byte of it, and the bot's database; return 2 if one is damaged."""
    try:
        generation, health = examine(settings)
    except (IndexDamaged, IndexUnreadable) as error:
        _print_fault(fault(error), former_generations(settings.index.path), options, settings)
        return FAULT
    warnings = warnings_of(generation) if health.sound else ()
    store = settings.chat_database()
    damage = _fault(store)
    if options.as_json:
        sources = [_source_object(source, state) for source, state in source_states(settings)]
        chats = {"path": hide_tokens(str(store)), "damage": damage} if _exists(store) else None
        status = {**_object(generation, health, warnings, settings), "store": chats, "sources": sources}
        sys.stdout.write(dump(status) + "\n")
    else:
        chat_rows = _chat_rows(store, damage) if _exists(store) else ()
        rows = status_rows(generation, health, warnings, settings)
        show_rows(screen(), (*rows, *source_rows(source_states(settings)), *chat_rows))
        if options.verbose:
            show_warnings(screen(), warnings, None)
            show_left_out(screen(), generation)
    return 0 if health.sound and damage is None else FAULT


def _exists(store: Place) -> bool:
    return not isinstance(store, Path) or store.is_file()


def _fault(store: Place) -> str | None:
    """Return what is wrong with the bot's database, or keeps one on a server from being used."""
    if isinstance(store, Path):
        return faults(store) if store.is_file() else None
    try:
        check_version(store, version_on(store, APPLICATION) or 0, TABLES)
    except StoreUnusable as error:
        return error.reason
    except ExtraMissing as error:
        return worded(error)
    return None


def _chat_rows(store: Place, damage: str | None) -> Sequence[Row]:
    if not isinstance(store, Path):
        return (("chats", str(store)), ("", damage or "can be used"))
    remedy = "stop the bot and put a backup in its place, or move it away"
    return (("chats", str(store)), ("", "whole" if damage is None else f"DAMAGED ({damage}): {remedy}"))


def _source_object(source: Source, state: State) -> dict[str, Any]:
    return {
        "name": source.name,
        "kind": source.kind,
        "address": hide_tokens(source.address),
        "files": state.files,
        "commit": state.commit or None,
        "tried": state.tried or None,
        "succeeded": state.succeeded or None,
        "failures": state.failures,
        "problem": hide_tokens(state.problem) or None,
        "notes": list(map(hide_tokens, state.notes)),
        "next": state.next or None,
    }


def _print_fault(check: Check, former: Sequence[Former], options: StatusOptions, settings: Settings) -> None:
    index = settings.index.path
    if options.as_json:
        faults = {"index": hide_tokens(str(index)), "healthy": False, **_faults_object(check)}
        sys.stdout.write(dump({**faults, "former": list(map(_former_object, former))}) + "\n")
    else:
        show_rows(screen(), fault_rows(settings, check, former))


def _faults_object(check: Check) -> dict[str, str | None]:
    return {"damage": check.damage, "unread": check.unread, "missing": check.missing}


def _object(generation: Generation, health: Health, warnings: Sequence[Warn], settings: Settings) -> dict[str, Any]:
    manifest = generation.manifest
    size = bytes_of(manifest)
    return {
        "index": hide_tokens(str(settings.index.path)),
        "settings": hide_tokens(str(settings.file)) if settings.file else None,
        "generation": int(generation.folder.name),
        "created": manifest.created,
        "fingerprint": manifest.fingerprint,
        "corpus": {"path": hide_tokens(manifest.corpus), "state": health.corpus},
        **asdict(manifest.counts),
        "not_read": warnings_object(warnings),
        "model": {**asdict(manifest.encoder), "name": hide_tokens(manifest.encoder.name)},
        "passage_settings": asdict(manifest.passages),
        "vectors": manifest.vectors,
        "recall": manifest.recall,
        "bytes": size,
        "bytes_per_passage": round(size / manifest.counts.passages, 1),
        "versions": dict(manifest.versions),
        "threshold": health.threshold,
        "calibration": _calibration_object(generation, health),
        "reader": _reader_object(generation, health),
        "healthy": health.sound,
        **_faults_object(health.check),
        "former": list(map(_former_object, health.former)),
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


def _reader_object(generation: Generation, health: Health) -> dict[str, Any] | None:
    """Return the tuned reader; None where there is none."""
    if health.tuned is None:
        return None
    unchanged = health.tuned.tuning.fingerprint == generation.manifest.fingerprint
    return {"digest": health.tuned.digest, **asdict(health.tuned.tuning), "index_unchanged": unchanged}


def _calibration_object(generation: Generation, health: Health) -> dict[str, Any] | None:
    if health.calibration is None:
        return None
    unchanged = health.calibration.fingerprint == generation.manifest.fingerprint
    return {**asdict(health.calibration), "index_unchanged": unchanged, "not_used": health.stale}
