"""`quoth index`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answering.building import build_index
from bot.formats.numbers import count
from bot.formats.visible import one_line
from bot.interrupts import Terminable
from bot.settings import Settings
from bot.terminal.index_view import (
    disk_row,
    holdings,
    left_out_row,
    left_out_text,
    show_left_out,
    show_rows,
    vectors_row,
)
from bot.terminal.progress import BuildProgress
from bot.terminal.screen import Screen, screen
from bot.terminal.warnings_view import MOST_WARNINGS, show_warnings
from retrieval import indexes
from retrieval.index.build import Report


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """Options of `quoth index`."""

    rebuild: bool
    wait: bool
    quiet: bool
    verbose: bool
    offline: bool = False
    watch: bool = False


def run(options: IndexOptions, settings: Settings) -> int:
    """Fetch the sources, build the index, and report on it; return 1 if a source failed."""
    with Terminable():
        if options.watch:
            from bot.cli.watch import WatchOptions, watch

            return watch(WatchOptions(options.rebuild, options.quiet, options.offline, options.verbose), settings)
        return _run(options, settings)


def _run(options: IndexOptions, settings: Settings) -> int:
    failed = 0
    if settings.corpus.sources and not options.offline:
        from bot.cli import fetch

        failed = fetch.run(fetch.FetchOptions(options.quiet), settings)
    _build(options, settings)
    return failed


def _build(options: IndexOptions, settings: Settings) -> None:
    with BuildProgress(quiet=options.quiet) as progress:
        report = build_index(settings, progress, rebuild=options.rebuild, wait=options.wait, announce=progress.announce)
    if not options.quiet:
        output = screen()
        show_report(output, report, settings)
        show_warnings(output, report.warnings, None if options.verbose else MOST_WARNINGS)
        if options.verbose:
            show_left_out(output, indexes.current(settings.index.path))


def show_report(output: Screen, report: Report, settings: Settings) -> None:
    """Print the build in a few lines."""
    manifest = report.manifest
    if report.unchanged:
        corpus = one_line(str(settings.corpus.path))
        output.line(f"Nothing to do: the index is up to date with {corpus}: {holdings(manifest)}.")
        output.line(f"Never quoted: {left_out_text(manifest.counts)}.")
        return
    rate = f", {report.encoded / report.encoding_seconds:,.0f} passages per second" if report.encoded else ""
    rows = (
        ("corpus", str(settings.corpus.path)),
        *([("instead of", report.replaced)] if report.replaced else []),
        ("index", str(settings.index.path)),
        ("holds", holdings(manifest)),
        left_out_row(manifest),
        ("passages", f"{report.encoded:,} encoded, {report.reused:,} reused"),
        ("removed", count(report.dropped, "article")),
        ("time", f"{report.seconds:.1f} s{rate}"),
        ("model", f"{manifest.encoder.name}, {manifest.encoder.precision}"),
        vectors_row(manifest),
        disk_row(manifest),
        ("fingerprint", manifest.fingerprint),
    )
    show_rows(output, rows)
