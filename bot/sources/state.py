"""What is remembered of a source: when it was looked at, how that went, and what it brought."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from bot.settings import Settings
from bot.source_record import Source
from bot.sources.faults import SourceFault
from bot.sources.ownership import check_no_link, is_own
from retrieval.files import replace as replace_file
from retrieval.regular_files import read_regular

Record = TypeVar("Record")

FOLDER = ".state"
_FORMAT = "quoth-source 1"
FIRST_RETRY = 600
"""The most seconds after which a source is tried again that failed for the first time; then twice as many each time."""
LONGEST_RETRY = 86_400
LONGEST_PATIENCE = 7 * 86_400
"""The most seconds that a source may ask to be left alone for."""


@dataclass(frozen=True, slots=True)
class Page:
    """A web page that was fetched, or is about to be."""

    file: str
    """Below the folder of its source."""
    etag: str = ""
    modified: str = ""
    """The Last-Modified of its reply."""
    changed: str = ""
    """When it changed, as the list says that names it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page as a sitemap or a feed lists it."""

    url: str
    changed: str = ""
    published: str = ""
    """ISO 8601."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A sitemap, an index of sitemaps, or a feed."""

    pages: tuple[Listed, ...] = ()
    children: tuple[str, ...] = ()
    """Addresses of sitemaps."""
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """The record of a source."""

    identity: str = ""
    """What it was when it was last fetched; another address makes another source of it."""
    asked: str = ""
    """What it was when it was last looked at."""
    tried: str = ""
    """When it was last looked at; all times are ISO 8601 in UTC."""
    succeeded: str = ""
    failures: int = 0
    """How often it has failed since."""
    problem: str = ""
    """Why it failed, as a part of a sentence that begins with its name."""
    next: str = ""
    """When it is looked at again."""
    not_before: str = ""
    """Until when it asked to be left alone."""
    files: int = 0
    notes: tuple[str, ...] = ()
    """What was left out the last time, and why."""
    commit: str = ""
    pages: Mapping[str, Page] = field(default_factory=dict)
    listings: Mapping[str, Listing] = field(default_factory=dict)

    def is_due(self, source: Source, now: datetime) -> bool:
        """Return whether it is time to look at the source."""
        return self.asked != identity(source) or not self.next or datetime.fromisoformat(self.next) <= now

    def must_wait(self, source: Source, now: datetime) -> bool:
        """Return whether the source has asked to be left alone for now."""
        is_same = self.asked == identity(source)
        return is_same and bool(self.not_before) and datetime.fromisoformat(self.not_before) > now

    def after_success(self, source: Source, now: datetime) -> State:
        """Return the record of a source that was fetched."""
        return replace(
            self,
            identity=identity(source),
            succeeded=stamp(now),
            failures=0,
            problem="",
            not_before="",
            next=stamp(now, source.every),
        )

    def is_of_another(self, source: Source) -> bool:
        """Return whether what was fetched is from where the source no longer is."""
        return bool(self.identity) and self.identity != identity(source)

    def after_failure(self, source: Source, now: datetime, problem: str, patience: float = 0) -> State:
        """Return the record of a source that failed; `patience` is for how many seconds it asked to be left alone."""
        failures = self.failures + 1
        growing = min(source.every, FIRST_RETRY) * 2 ** min(self.failures, 20)
        patience = min(patience, LONGEST_PATIENCE)
        pause = max(patience, min(growing, max(source.every, LONGEST_RETRY)))
        not_before = stamp(now, patience) if patience else ""
        return replace(self, failures=failures, problem=problem, next=stamp(now, pause), not_before=not_before)


def stamp(now: datetime, seconds: float = 0) -> str:
    """Return a time that many seconds later as it is recorded."""
    return (now + timedelta(seconds=seconds)).astimezone(UTC).isoformat(timespec="seconds")


def file_of(root: Path, name: str) -> Path:
    """Return where the record of a source lies below the folder of all that was fetched."""
    return root / FOLDER / f"{name}.json"


def identity(source: Source) -> str:
    """Return what makes a source the one that it is."""
    return " ".join([source.kind, source.address, source.branch, source.below, source.link])


def check(root: Path, name: str) -> None:
    """Raise SourceFault where the record of a source would be written over what may be another program's."""
    check_no_link(root / FOLDER)
    file = file_of(root, name)
    if os.path.lexists(file) and _read(root, name) is None and not is_own(root / name):
        raise SourceFault(f"has a record that is damaged or not quoth's ({file}): move that, or rename the source")


def load(root: Path, name: str) -> State:
    """Return the record of a source, an empty one, as if it had never been looked at, where none can be read."""
    return _read(root, name) or State()


def forget(root: Path, name: str) -> None:
    """Remove the record of a source, and nothing else that may have its name; raises OSError."""
    if _read(root, name) is not None and not (root / FOLDER).is_symlink():
        file_of(root, name).unlink()


def _read(root: Path, name: str) -> State | None:
    """Return the record of a source; None where there is none that can be read."""
    try:
        values = json.loads(read_regular(file_of(root, name)).decode("utf-8", "surrogatepass"))
        return _parsed(values) if values.pop("format") == _FORMAT else None
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None


def source_states(settings: Settings) -> Sequence[tuple[Source, State]]:
    """Return the sources of the settings, and how each fares."""
    return [(source, load(settings.corpus.path, source.name)) for source in settings.corpus.sources]


def save(root: Path, name: str, state: State) -> None:
    """Write the record of a source; raises OSError."""
    file = file_of(root, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps({"format": _FORMAT, **asdict(state)}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    replace_file(file, data)


def names(root: Path) -> Sequence[str]:
    """Return the names of all sources that there are records of."""
    return sorted(file.stem for file in (root / FOLDER).glob("*.json") if not file.name.startswith("."))


def _parsed(values: Mapping[str, Any]) -> State:
    """Return a record; raise what anything does that is none."""
    pages = {url: _record(Page, page) for url, page in values["pages"].items()}
    if any(PurePosixPath(page.file).is_absolute() or ".." in PurePosixPath(page.file).parts for page in pages.values()):
        raise ValueError("a page lies elsewhere")
    listings = {url: _listing(listing) for url, listing in values["listings"].items()}
    notes = tuple(map(str, values["notes"]))
    state = _record(State, {**values, "notes": notes, "pages": pages, "listings": listings})
    for moment in (state.tried, state.succeeded, state.next, state.not_before):
        if moment and datetime.fromisoformat(moment).utcoffset() is None:
            raise ValueError("a time has no zone")
    return state


def _listing(values: Mapping[str, Any]) -> Listing:
    pages = tuple(_record(Listed, page) for page in values["pages"])
    return _record(Listing, {**values, "pages": pages, "children": tuple(map(str, values["children"]))})


def _record(kind: Callable[..., Record], values: Mapping[str, Any]) -> Record:
    """Return a record whose texts are texts and whose numbers are whole and not negative."""
    record = kind(**values)
    for each in fields(record):  # type: ignore[arg-type]
        value = getattr(record, each.name)
        kinds = {"str": str, "int": int, "bool": bool}
        if each.type in kinds and type(value) is not kinds[each.type]:
            raise TypeError(each.name)
        if each.type == "int" and value < 0:
            raise ValueError(each.name)
    return record
