"""`quoth eval`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.evaluation.preparation import Judging, judge
from bot.evaluation_cache import cache_folder
from bot.exit_status import INTERRUPTED
from bot.formats.shell import quoted
from bot.output_files import (
    REPORT_PAGE,
    RUN,
    Output,
    Source,
    check_output,
    check_place,
    check_replaceable,
    write_output,
)
from bot.settings import Settings
from bot.streams import notice
from bot.terminal.progress import Bar
from retrieval.errors import InputInvalid
from retrieval.evaluation import asking, run_file, trec
from retrieval.evaluation.gold import sets as gold_sets
from retrieval.evaluation.measures import report as measures
from retrieval.evaluation.measures.compare import Loss, check_shared, compare, losses
from retrieval.evaluation.records import Comparison, Report, Run
from retrieval.extras import require
from retrieval.paths import resolved

FAILED = 1
MOST_NAMED = 10  # questions named in a sentence
STANDARD_OUTPUT = Path("-")


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """Options of `quoth eval`."""

    gold: Path
    corpus: Path | None
    indexed: bool
    """Whether an index was named, which comes before a corpus that the gold set brings."""
    json: Path | None
    """`-` for standard output; so for `html`."""
    html: Path | None
    compare: Path | None
    gate: bool
    trec: Path | None
    skip_bad: bool


def run(options: EvalOptions, settings: Settings) -> int:
    """Ask the questions of a gold set, print how good the answers are, and write the files that the options name.

    Returns 1 if a quote is not an exact slice, or the gate finds a loss.
    """
    written: list[Path] = []
    try:
        before = _checked(options, settings)
        gold_sets.check_exists(options.gold)
        require("evaluation", "An evaluation")
        judging = judge(
            options.gold,
            settings,
            corpus=options.corpus,
            indexed=options.indexed,
            skip_bad=options.skip_bad,
        )
        if before is not None:
            check_shared(before, judging.posed, judging.gold.name)
        report, comparison = _measure(judging, before)
        try:
            if STANDARD_OUTPUT not in (options.json, options.html):
                _show(report, comparison)
        finally:  # even if the reader of the tables has gone, as `head` does
            for path, write in _outputs(options, judging, report, comparison):
                write(path)
                written.append(path)
    except KeyboardInterrupt:
        files = f"written before that: {', '.join(map(str, written))}" if written else "no file was written"
        notice(f"Interrupted; {files}.")
        return INTERRUPTED
    for path in written:
        if path != STANDARD_OUTPUT:
            notice(f"Wrote {quoted(str(path))}")
    return _verdict(options, report, comparison)


def _checked(options: EvalOptions, settings: Settings) -> Run | None:
    """Return the run to compare with; raise InputInvalid for what would otherwise fail after a long run."""
    outputs = [
        (path, output) for path, output in ((options.json, RUN), (options.html, REPORT_PAGE)) if path is not None
    ]
    files = [path for path, _ in outputs]
    if options.gate and options.compare is None:
        raise InputInvalid("--gate", "has nothing to compare with", "add --compare RUN.json, a run that --json wrote")
    if len({resolved(path) for path in files}) < len(files):
        raise InputInvalid("--json and --html", f"both name {files[0]}", "name two files, or - for one of them")
    sources = _sources(options)
    for path, output in outputs:
        if path != STANDARD_OUTPUT:
            _check_file(path, output, settings, sources)
    if options.trec is not None:
        _check_folder(options.trec, files, settings, sources)
    return run_file.read(options.compare) if options.compare is not None else None


def _sources(options: EvalOptions) -> list[Source]:
    inputs = (
        ("the gold set", gold_sets.place(options.gold)),
        ("the corpus", options.corpus),
        ("the run compared with", options.compare),
        ("the cache of evaluations", cache_folder()),
    )
    return [(name, path) for name, path in inputs if path is not None]


def _check_file(path: Path, output: Output, settings: Settings, sources: Sequence[Source]) -> None:
    what = f"The file {path}"
    if path.is_dir():
        raise InputInvalid(what, "is a folder", "name a file in it")
    check_output(path, settings, output, *sources)
    if path.is_file() or not path.exists():  # a pipe or a device is written as it is
        _check_writable(path.parent, what)


def _check_folder(path: Path, files: Sequence[Path], settings: Settings, sources: Sequence[Source]) -> None:
    if path.exists() and not path.is_dir():
        raise InputInvalid(f"The folder {path}", "is a file", "name a folder, which is created if it does not exist")
    for file in trec.check(path):
        if resolved(file) in map(resolved, files):
            raise InputInvalid("--trec", f"writes {file}, which another option names", "name another file or folder")
        check_place(file, settings, *sources)
    _check_writable(path if path.exists() else path.parent, f"The folder {path}")


def _check_writable(folder: Path, what: str) -> None:
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputInvalid(
            what, f"cannot be written ({error.strerror})", "name another, in a writable folder"
        ) from error


def _measure(judging: Judging, before: Run | None) -> tuple[Report, Comparison | None]:
    """Ask all questions, measure the answers and compare them, with a bar."""
    with Bar("Asking questions") as bar:
        gold_run = asking.ask_all(judging.engine, judging.posed, judging.provenance, bar)
        bar.stage("Measuring")
        report = measures.report(gold_run, bar)
        bar.stage("Comparing")
        return report, compare(before, gold_run, bar) if before is not None else None


def _show(report: Report, comparison: Comparison | None) -> None:
    from bot.evaluation.failures import show_failures
    from bot.evaluation.tables import show_comparison, show_report
    from bot.terminal.screen import screen

    output = screen()
    show_report(output, report)
    show_failures(output, report.run)
    if comparison is not None:
        show_comparison(output, comparison)
    output.flush()


def _outputs(
    options: EvalOptions, judging: Judging, report: Report, comparison: Comparison | None
) -> Iterator[tuple[Path, Callable[[Path], None]]]:
    """Yield each file or folder to write, and what writes it."""
    if options.json is not None:
        yield options.json, lambda path: _write_json(path, report)
    if options.html is not None:
        yield options.html, lambda path: _write_page(path, judging, report, comparison)
    if options.trec is not None:
        yield options.trec, lambda path: trec.write(path, report.run)


def _verdict(options: EvalOptions, report: Report, comparison: Comparison | None) -> int:
    """Return the exit status; print the reason on standard error."""
    failed = False
    inexact = [outcome.id for outcome in report.run.outcomes if not all(quote.exact for quote in outcome.quotes)]
    if inexact:
        failed = True
        more = f" and {len(inexact) - MOST_NAMED:,} more" if len(inexact) > MOST_NAMED else ""
        notice(f"FAILED: quotes are not exact slices of their source in {', '.join(inexact[:MOST_NAMED])}{more}.")
    if comparison is not None and options.gate:
        lost = losses(comparison)
        failed |= bool(lost)
        notice(_gate(comparison, lost, str(options.compare)))
    return FAILED if failed else 0


def _gate(comparison: Comparison, lost: Sequence[Loss], against: str) -> str:
    if not lost:
        raw = any(difference.verdict == "loss" for difference in comparison.differences)
        hint = " The table calls losses without that correction." if raw else ""
        worse = f"no figure is significantly worse than in {against} (p corrected for the number of figures)"
        return f"Gate: passed; {worse}.{hint}"
    from bot.formats.numbers import chance, number

    listed = [
        f"{figure.name}, {figure.label}: {number(figure.before, figure.unit)} before, "
        f"{number(figure.after, figure.unit)} now, p {chance(p)}"
        for figure, p in ((loss.difference, loss.p) for loss in lost)
    ]
    worse = f"Gate: FAILED; significantly worse than in {against} (p corrected for the number of figures):"
    return "\n  ".join([worse, *listed])


def _write_json(path: Path, report: Report) -> None:
    if path != STANDARD_OUTPUT:
        check_replaceable(path, RUN)
        run_file.write(path, report)
        return
    with tempfile.TemporaryDirectory(prefix="quoth-") as folder:
        run_file.write(Path(folder) / "run.json", report)
        sys.stdout.write((Path(folder) / "run.json").read_text("utf-8"))


def _write_page(path: Path, judging: Judging, report: Report, comparison: Comparison | None) -> None:
    from bot.evaluation.html.page import render

    generation = judging.engine.generation

    def text_of(article: str) -> str | None:
        row = generation.row_of(article)
        return None if row is None else generation.article(row).text

    written = render(report, comparison, text_of)
    if path == STANDARD_OUTPUT:
        sys.stdout.write(written)
        return
    write_output(path, written, REPORT_PAGE)
