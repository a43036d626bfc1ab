"""All sources of the settings, each fetched into its folder at its time; one that fails never holds up another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.errors import sentence
from bot.formats.numbers import count
from bot.settings import Settings
from bot.source_record import Source
from bot.sources import state as states
from bot.sources.crawl import Crawl, Tally
from bot.sources.faults import SourceFault, SourcesBusy
from bot.sources.folders import copy_folder
from bot.sources.git import REPOSITORIES, Repository, repository_folder
from bot.sources.ownership import own, own_folders, remove, remove_links
from bot.sources.secrecy import check_tokens_apart
from bot.sources.state import State
from bot.sources.web import LIMITS, Limits, Pacing, Web
from retrieval.articles.fetched import MARK
from retrieval.files import drafts_below
from retrieval.index_address import is_address

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # the command line prints the outcomes itself

_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of looking at a source."""

    name: str
    state: State
    changed: int = 0
    """Files that were written or removed."""
    failed: bool = False

    def __str__(self) -> str:
        if self.failed:
            return f"The source {self.name} {self.state.problem}."
        contents = f"{self.name}: {count(self.state.files, 'file')}, {self.changed:,} changed"
        return f"{contents}; {'; '.join(self.state.notes)}" if self.state.notes else contents


Say = Callable[[Outcome], None]


def fetcher_of(settings: Settings) -> Fetcher | None:
    """Return what fetches the settings' sources; None where there are none. Raises InputInvalid."""
    if not settings.corpus.sources:
        return None
    check_tokens_apart(settings)
    named = (settings.index.path, *settings.discord.collections.values())
    indexes = tuple(index for index in named if not is_address(index))
    return Fetcher(settings.corpus.sources, settings.corpus.path, indexes)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """The sources, and where what they bring is kept."""

    sources: Sequence[Source]
    root: Path
    left_out: Sequence[Path] = ()
    """Folders of quoth's own that are no part of a folder that is copied: indexes."""
    limits: Limits = LIMITS

    def run(
        self, *, due: bool = False, also: Container[str] = (), say: Say = lambda outcome: None
    ) -> Sequence[Outcome]:
        """Fetch all sources, or those whose time has come and those named; raises SourcesBusy, OSError.

        `say` hears of each as soon as it is done.
        """
        return asyncio.run(self._fetch(due, also, say))

    async def _fetch(self, due: bool, also: Container[str], say: Say) -> Sequence[Outcome]:
        with _alone(self.root):
            self._remove_former()
            now, pacing = datetime.now(UTC), Pacing()
            known = {source.name: states.load(self.root, source.name) for source in self.sources}
            chosen = [
                (source, state)
                for source in self.sources
                if (state := known[source.name]).is_due(source, now) or source.name in also or not due
            ]
            fetching = (self._look(source, state, pacing, say) for source, state in chosen)
            return await asyncio.gather(*fetching)

    def seconds_left(self) -> float:
        """Return after how many seconds the next source is due."""
        now = datetime.now(UTC)
        known = [states.load(self.root, source.name) for source in self.sources]
        waits = [(datetime.fromisoformat(state.next) - now).total_seconds() if state.next else 0.0 for state in known]
        return max(0.0, min(waits, default=0.0))

    async def _look(self, source: Source, state: State, pacing: Pacing, say: Say) -> Outcome:
        now = datetime.now(UTC)
        if state.must_wait(source, now):
            return _announced(Outcome(source.name, state, failed=True), say)
        try:
            states.check(self.root, source.name)
        except SourceFault as fault:
            return _announced(Outcome(source.name, replace(state, problem=fault.reason), failed=True), say)
        state = replace(state, tried=states.stamp(now), asked=states.identity(source))
        job = _Job(self, source, state, pacing)
        try:
            changed = await job.fetch()
            state = job.state.after_success(source, datetime.now(UTC))
            outcome = Outcome(source.name, state, changed)
        except Exception as error:  # noqa: BLE001 - one source never ends the others
            reason, patience = _reason(error)
            state = job.state.after_failure(source, datetime.now(UTC), reason, patience)
            outcome = Outcome(source.name, state, failed=True)
        try:
            states.save(self.root, source.name, state)
        except OSError as error:
            problem = f"has a record that cannot be written ({error.strerror})"
            outcome = replace(outcome, state=replace(state, problem=problem), failed=True)
        return _announced(outcome, say)

    def _remove_former(self) -> None:
        """Remove what sources have brought that are in the settings no more; nothing else was put there by quoth."""
        kept = {self.root / source.name for source in self.sources}
        kept |= {repository_folder(self.root, source.name) for source in self.sources if source.kind == "git"}
        for folder in (*own_folders(self.root), *own_folders(self.root / REPOSITORIES)):
            if folder not in kept:
                states.forget(self.root, folder.name)
                remove(folder)
        for name in set(states.names(self.root)) - {source.name for source in self.sources}:
            states.forget(self.root, name)


@dataclass(slots=True)
class _Job:
    """One look at a source."""

    fetcher: Fetcher
    source: Source
    state: State
    pacing: Pacing

    async def fetch(self) -> int:
        """Fetch, and return how many files changed; the record is right at every point. Raises SourceFault, OSError."""
        root, source = self.fetcher.root, self.source
        folder = root / source.name
        self._claim(folder)
        match source.kind:
            case "folder":
                left_out = (root, *self.fetcher.left_out)
                files, changed, notes = await asyncio.to_thread(copy_folder, source, folder, left_out)
                self.state = replace(self.state, files=files, notes=tuple(notes))
            case "git":
                self.state, changed, notes = await Repository(source, root).fetch(folder, self.state)
                self.state = replace(self.state, notes=tuple(notes))
            case "sitemap" | "feed":
                changed = await self._crawl(folder)
        return changed

    def _claim(self, folder: Path) -> None:
        """Make the source's folder its own; raise SourceFault for one that holds what quoth has not fetched."""
        own(folder)
        states.save(self.fetcher.root, self.source.name, self.state)
        remove_links(folder)
        for draft in (*drafts_below(folder), *drafts_below(self.fetcher.root / states.FOLDER)):
            draft.unlink(missing_ok=True)

    async def _crawl(self, folder: Path) -> int:
        save = partial(states.save, self.fetcher.root, self.source.name)
        async with Web(self.source, self.pacing, self.fetcher.limits) as web:
            crawl = Crawl(self.source, folder, self.state, web, save, self.fetcher.limits)
            try:
                self.state = await crawl.run()
                if self.state.is_of_another(self.source):
                    _keep_only(folder, {page.file for page in self.state.pages.values()})
            finally:
                files = sum(1 for file in folder.rglob("*.html") if not file.name.startswith("."))
                self.state = replace(crawl.state, files=files, notes=_notes(crawl.tally))
        return crawl.tally.changed + crawl.tally.removed


def _keep_only(folder: Path, paths: Container[str]) -> None:
    """Remove what is not at these paths: the files of a source of another kind."""
    for file in folder.rglob("*"):
        if file.is_file() and file.relative_to(folder).as_posix() not in paths and file != folder / MARK:
            file.unlink(missing_ok=True)


def _notes(tally: Tally) -> tuple[str, ...]:
    notes = list(tally.notes)
    if tally.denied:
        notes.append(f"{count(tally.denied, 'page')} denied to quoth by robots.txt")
    if tally.failed:
        notes.append(f"{count(len(tally.failed), 'page')} failed: {tally.failed[0]}")
    return tuple(notes)


def _reason(error: Exception) -> tuple[str, float]:
    """Return why a source failed, as a part of a sentence, and for how many seconds it asks to be left alone."""
    if isinstance(error, SourceFault):
        return error.reason, error.patience
    if isinstance(error, OSError):
        return f"cannot be kept ({error.strerror or type(error).__name__}): {error.filename}", 0.0
    return f"failed: {sentence(error).rstrip('.')}", 0.0


def _announced(outcome: Outcome, say: Say) -> Outcome:
    log.log(logging.WARNING if outcome.failed else logging.INFO, "%s", outcome)
    say(outcome)
    return outcome


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keep other processes from fetching into the same folder; raises SourcesBusy, OSError."""
    from filelock import FileLock, Timeout

    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SourcesBusy(root) from None
    try:
        yield
    finally:
        lock.release()
