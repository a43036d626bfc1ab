"""`quoth index --watch`."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.answering.building import build_index
from bot.answering.collection import check_there
from bot.cli.fetch import fetch
from bot.errors import sentence
from bot.formats.numbers import count
from bot.formats.visible import one_line
from bot.interrupts import BuildInterrupted
from bot.settings import Settings
from bot.sources.fetching import fetcher_of
from bot.sources.watching import FolderWatch, LeaveOut
from bot.streams import notice
from bot.terminal.progress import BuildProgress
from bot.terminal.screen import screen
from bot.terminal.warnings_view import MOST_WARNINGS, show_warnings
from retrieval import indexes
from retrieval.errors import IndexFault, QuothError
from retrieval.extras import require
from retrieval.index.build import Report
from retrieval.index.folder import is_part_of
from retrieval.paths import resolved
from retrieval.records import Warn

LEAST_PAUSE = 5.0
"""Seconds between two looks at the sources at the least."""
PAUSE_AFTER_FAILURE = 60.0
STOPPED = "Stopped watching; the index is as it was last built."


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """Options of `quoth index --watch`."""

    rebuild: bool
    quiet: bool
    offline: bool
    verbose: bool = False


def watch(options: WatchOptions, settings: Settings) -> int:
    """Build now, and again after each change, until Ctrl-C; return 0 then.

    Raises ExtraMissing, and BuildInterrupted where Ctrl-C comes during a build.
    """
    require("sources", "`quoth index --watch`")
    try:
        _Watching(options, settings).run()
    except BuildInterrupted:
        raise
    except KeyboardInterrupt:
        notice(STOPPED)
    return 0


class _Watching:
    """Builds of one index, one after another."""

    def __init__(self, options: WatchOptions, settings: Settings) -> None:
        self._options, self._settings = options, settings
        self._warnings: tuple[Warn, ...] = ()
        """Those of the last build."""
        self._fault = ""
        """What the last build failed of; "" where it did not."""
        self._fetcher = None if options.offline else fetcher_of(settings)
        corpus = settings.corpus
        self._folders = {Path(source.address): source.name for source in corpus.sources if source.kind == "folder"}
        watched = [corpus.path] if self._fetcher is None else list(self._folders)
        self._watch = FolderWatch(watched, _left_out(settings.index.path))

    def run(self) -> None:
        changed, is_first = frozenset[Path](), True
        while True:
            least = LEAST_PAUSE if self._try(changed, is_first) else PAUSE_AFTER_FAILURE
            is_first = False
            pause = max(least, self._fetcher.seconds_left()) if self._fetcher else math.inf
            changed = self._watch.wait(pause)

    def _try(self, changed: frozenset[Path], is_first: bool) -> bool:
        """Fetch and build, and return whether all went well; what fails is printed, and tried again."""
        is_fetched = True
        try:
            if self._fetcher is not None:
                names = {name for folder, name in self._folders.items() if folder in changed}
                is_fetched = fetch(self._fetcher, quiet=self._options.quiet, due=True, also=names)
            report = self._build(is_first)
        except (QuothError, OSError, MemoryError) as error:
            self._show_fault(sentence(error))
            return False
        self._fault = ""
        if not self._options.quiet:
            self._show(report, is_first)
        return is_fetched

    def _show_fault(self, fault: str) -> None:
        """Print a fault, unless the last build failed of the same."""
        if fault != self._fault:
            notice(f"quoth: {fault}")
        self._fault = fault

    def _show(self, report: Report, is_first: bool) -> None:
        """Print a build that changed something, and the warnings that the build before did not have."""
        output = screen()
        if is_first or not report.unchanged:
            output.line(one_line(_line(report, self._settings)))
        new = [warn for warn in report.warnings if warn not in self._warnings]
        show_warnings(output, new, None if self._options.verbose else MOST_WARNINGS)
        self._warnings = report.warnings
        output.flush()

    def _build(self, is_first: bool) -> Report:
        corpus, index = self._settings.corpus.path, self._settings.index.path
        with suppress(IndexFault):  # the build says what to do, or makes it again
            if indexes.exists(index):
                check_there(corpus, index)
        with BuildProgress(quiet=self._options.quiet or not is_first) as progress:
            return build_index(
                self._settings,
                progress,
                rebuild=self._options.rebuild and is_first,
                wait=True,
                announce=progress.announce,
            )


def _left_out(index: Path) -> LeaveOut:
    """Return a test of whether a name in a folder is the index, or a part of it or of another."""
    is_part, own = is_part_of(index), resolved(index)
    return lambda folder, name: folder / name == own or is_part(folder, name)


def _line(report: Report, settings: Settings) -> str:
    counts = report.manifest.counts
    contents = f"{count(counts.articles, 'article')}, {count(counts.passages, 'passage')}"
    now = f"{datetime.now():%H:%M:%S}"
    if report.unchanged:
        return f"{now} Up to date with {settings.corpus.path}: {contents}."
    dropped = f", {count(report.dropped, 'article')} removed" if report.dropped else ""
    return f"{now} Built in {report.seconds:.1f} s: {contents}; {report.encoded:,} encoded anew{dropped}."
