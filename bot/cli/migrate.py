"""`quoth migrate`: settings, database and indexes of an earlier version brought to this one."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.answering.building import build_index
from bot.chat_log.address import ServerAddress
from bot.chat_log.database import StoreUnusable
from bot.chat_log.names import replaced_name
from bot.chat_log.postgres import PostgresBackend, version_on
from bot.chat_log.restoring import check_unused, version_of
from bot.chat_log.sqlite import back_up, open_database
from bot.chat_log.tables import APPLICATION, TABLES
from bot.errors import worded
from bot.exit_status import FAULT
from bot.formats.visible import one_line
from bot.remedies import build, calibrate
from bot.setting_changes import Amendment, amended
from bot.settings import CorpusSettings, Settings, load, settings_file
from bot.settings_file import read_settings_file
from bot.streams import notice
from bot.terminal.index_view import holdings
from bot.terminal.progress import BuildProgress
from bot.terminal.screen import screen
from retrieval import indexes
from retrieval.answering import calibration
from retrieval.errors import IndexFault, IndexNotFound, IndexOutdated, InputInvalid, QuothError
from retrieval.files import write_new, write_whole
from retrieval.index.manifest import check_model
from retrieval.regular_files import read_regular
from retrieval.remedies import rebuilding


@dataclass(frozen=True, slots=True)
class MigrateOptions:
    """Options of `quoth migrate`."""

    dry_run: bool
    config: Path | None
    index: Path | None


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be brought to this version."""

    what: str
    """What is to be done, or by hand, as a sentence."""
    do: Callable[[], str] | None
    """Does it, and returns what was done, as a sentence; None where a person has to."""


def run(options: MigrateOptions) -> int:
    """Say what is to be done, and do it; 2 where something is left to do by hand."""
    file = settings_file(options.config, os.environ)
    amendment = _amendment(file) if file else Amendment("")
    settings = load(options.config, {"index.path": options.index}, read=lambda _: dict(tomllib.loads(amendment.text)))
    steps = [*_settings_steps(file, amendment), *_store_steps(settings), *_index_steps(settings)]
    output = screen()
    for step in steps:
        output.line(one_line(step.what), wrap=False)
    status = FAULT if any(step.do is None for step in steps) else 0
    if not steps:
        output.line("Settings, database and index are of this version.")
    elif options.dry_run:
        output.line("Nothing was changed.")
    else:
        output.flush()
        status = max([status, *(_done(step) for step in steps if step.do)])
    return status


def _done(step: Step) -> int:
    """Do a step and say so; one that fails keeps no other from being done."""
    assert step.do is not None
    try:
        outcome = step.do()
    except QuothError as error:
        notice(f"quoth: {worded(error)}")
        return FAULT
    screen().line(one_line(outcome), wrap=False)
    return 0


def _amendment(file: Path) -> Amendment:
    read_settings_file(file)  # which has the sentences for a file that cannot be read
    return amended(read_regular(file).decode("utf-8-sig"))


def _settings_steps(file: Path | None, amendment: Amendment) -> Iterator[Step]:
    if file is None:
        return
    for key in amendment.by_hand:
        yield Step(f"Settings {file}: remove {key} by hand; it no longer exists.", None)
    if amendment.changes:
        changes = "; ".join(amendment.changes)
        yield Step(f"Settings {file}: {changes}.", partial(_amend, file, amendment))


def _amend(file: Path, amendment: Amendment) -> str:
    copy = file.with_name(f"{file.name}.before-{datetime.now():%Y-%m-%d-%H%M%S}")
    try:
        write_new(copy, file.read_bytes())
        write_whole(file, amendment.text.encode())
    except OSError as error:
        reason = f"cannot be written ({error.strerror})"
        raise InputInvalid(f"The settings file {file}", reason, "make it and its folder writable") from error
    return f"Changed {file}; the former one is {copy}."


def _store_steps(settings: Settings) -> Iterator[Step]:
    store = settings.chat_database()
    if not isinstance(store, Path):
        yield from _server_steps(store)
        return
    if not store.is_file():
        return
    version, newest = version_of(store), len(TABLES)
    if version > newest:
        yield Step(f"Database {store}: it is of a newer quoth (version {version}): update quoth.", None)
    elif version < newest:
        what = f"Database {store}: version {version} becomes {newest}, after a backup; the bot has to be stopped."
        yield Step(what, partial(_upgrade, store))


def _server_steps(address: ServerAddress) -> Iterator[Step]:
    newest = len(TABLES)
    try:
        version = version_on(address, APPLICATION)
    except StoreUnusable as error:
        yield Step(f"Database {address}: it {error.reason}.", None)
        return
    if version is not None and version > newest:
        yield Step(f"Database {address}: it is of a newer quoth (version {version}): update quoth.", None)
    elif version is not None and version < newest:
        what = f"Database {address}: version {version} becomes {newest}; have a backup by `pg_dump`, and stop all bots."
        yield Step(what, partial(_upgrade_on_server, address))


def _upgrade_on_server(address: ServerAddress) -> str:
    PostgresBackend.open(address, TABLES, APPLICATION).close()
    return f"Upgraded {address}."


def _upgrade(store: Path) -> str:
    check_unused(store)
    copy = replaced_name(store, datetime.now())
    back_up(store, copy)
    with closing(open_database(store, TABLES, APPLICATION)):
        return f"Upgraded {store}; the former one is {copy}: remove it once you do not need it."


def _index_steps(settings: Settings) -> Iterator[Step]:
    for index in dict.fromkeys((settings.index.path, *settings.discord.collections.values())):
        try:
            check_model(indexes.manifest(index), index)
        except IndexNotFound:
            continue
        except IndexOutdated as error:
            yield _rebuilding(index, error, settings)
        except IndexFault as error:
            yield Step(f"Index {index}: {worded(error)}", None)


def _rebuilding(index: Path, error: IndexOutdated, settings: Settings) -> Step:
    remedy = rebuilding(index)
    difference = f"Index {index}: {error.what} {error.has} becomes {error.expected}"
    if remedy.corpus is None or not Path(remedy.corpus).exists():
        at = f" at {remedy.corpus}" if remedy.corpus else ""
        elsewhere = build(replace(remedy, corpus=None))
        return Step(f"{difference}, but its articles are no longer{at}: say where they are with `{elsewhere}`.", None)
    corpus = Path(remedy.corpus)
    own = replace(settings, corpus=CorpusSettings(corpus), index=replace(settings.index, path=index))
    return Step(f"{difference}: it is built again from {corpus}.", partial(_rebuild, own))


def _rebuild(settings: Settings) -> str:
    index = settings.index.path
    with BuildProgress() as progress:
        report = build_index(settings, progress)
    again = f" Calibrate it again with `{calibrate(index)}`." if (index / calibration.FILE).exists() else ""
    return f"Built {index} again: {holdings(report.manifest)}.{again}"
