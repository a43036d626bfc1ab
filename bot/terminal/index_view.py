"""An index as names and values: what it holds, what built it, and whether its files are intact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.formats.numbers import count, interval, number, threshold_text
from bot.formats.visible import one_line
from bot.index_health import Check, Former, Health
from bot.remedies import build
from bot.settings import Settings, usual_files
from bot.terminal.screen import Screen
from bot.terminal.warnings_view import unread_text, warned_text
from retrieval.answering.calibration import Rate
from retrieval.index.generation import Generation
from retrieval.index.manifest import Counts, Manifest, is_outdated
from retrieval.records import Reason, Warn
from retrieval.remedies import BuildIndex, rebuilding
from retrieval.settings import AUTO_READER, BUILT_IN_READER

Row = tuple[str, str]
"""A name and its value; the name is empty where the row before goes on."""
REASONS: Mapping[Reason, str] = {
    Reason.OUTSIDE: "outside the main text",
    Reason.FURNITURE: "page furniture",
    Reason.CONTEXT: "headings and questions",
    Reason.SHORT: "short lines",
    Reason.FRONT_MATTER: "front matter",
    Reason.MARKS: "marks and comments",
    Reason.DOUBT: "in doubt: a page's style may hide or add words",
}
"""Why something is never quoted, as a name of what it is."""
ONLY_CITATIONS = "It only serves to show citations of articles that have changed since"


def show_rows(screen: Screen, rows: Sequence[Row]) -> None:
    """Print names and values below each other."""
    width = max(len(name) for name, _ in rows) + 2
    for name, value in rows:
        # A command that a terminal's line ends cut in two would be pasted as two.
        screen.line(one_line(value), first=f"{name:{width}}", wrap="`quoth " not in value)


def generation_row(generation: Generation) -> Row:
    """Return which generation it is, and when it was built."""
    manifest = generation.manifest
    return "generation", f"{generation.folder.name}, built {manifest.created}, fingerprint {manifest.fingerprint}"


def holdings(manifest: Manifest) -> str:
    """Return how much a generation holds."""
    counts = manifest.counts
    articles, passages = count(counts.articles, "article"), count(counts.passages, "passage")
    return f"{articles}, {passages}, {count(counts.sentences, 'sentence')}"


def left_out_row(manifest: Manifest) -> Row:
    """Return how much of what was read is never quoted, and why."""
    return "never quoted", left_out_text(manifest.counts)


def left_out_text(counts: Counts) -> str:
    """Return how many characters of what was read are never quoted, by the reason."""
    if not (total := sum(counts.left_out.values())):
        return f"0 of {counts.characters:,} characters"
    share = number(total / max(1, counts.characters), "%")
    parts = [f"{REASONS[reason]} {counts.left_out[reason]:,}" for reason in Reason if counts.left_out.get(reason)]
    return f"{total:,} of {counts.characters:,} characters ({share}): {', '.join(parts)}"


def show_left_out(screen: Screen, generation: Generation) -> None:
    """Print every piece that is never quoted, file by file."""
    for row, article in enumerate(generation.articles()):
        pieces = generation.left_out(row)
        if not pieces:
            continue
        path, is_line = article.path or article.id, (article.path or "").lower().endswith(".jsonl")
        screen.line()
        screen.line(one_line(f"never quoted of {path}{f', {article.id}' if is_line else ''}:"))
        for piece in pieces:
            opening = f": {one_line(piece.opening)}" if piece.opening else ""
            length = count(piece.characters, "character")
            screen.line(f"{REASONS[piece.reason]}, {length}{opening}", first="  ", rest="    ")


def vectors_row(manifest: Manifest) -> Row:
    """Return how the vectors are searched."""
    recall = "" if manifest.recall is None else f", recall {manifest.recall:.3f} of exact search"
    return "vectors", f"{manifest.vectors}{recall}"


def disk_row(manifest: Manifest) -> Row:
    """Return how much space a generation takes."""
    size = bytes_of(manifest)
    return "on disk", f"{megabytes(size)}, {size / manifest.counts.passages:,.0f} bytes per passage"


def content_rows(manifest: Manifest) -> tuple[Row, ...]:
    """Return what a generation holds and what built it."""
    counts, encoder = manifest.counts, manifest.encoder
    title = "each with its article's title" if manifest.passages.title else "without titles"
    return (
        ("holds", holdings(manifest)),
        ("", f"{count(counts.tokens, 'token')}, from {count(counts.files, 'file')}"),
        left_out_row(manifest),
        ("model", f"{encoder.name}, {encoder.precision}, digest {encoder.digest[:12]}{_outdated(manifest)}"),
        ("passages", f"at most {manifest.passages.max_pieces} word pieces, {title}"),
        vectors_row(manifest),
        disk_row(manifest),
        ("built with", ", ".join(f"{name} {version}" for name, version in sorted(manifest.versions.items()))),
    )


def _outdated(manifest: Manifest) -> str:
    return " (an earlier version: index again)" if is_outdated(manifest.encoder) else ""


def status_rows(
    generation: Generation, health: Health, warnings: Sequence[Warn], settings: Settings
) -> tuple[Row, ...]:
    """Return what `quoth status` shows of an index; `warnings` are those of its build."""
    index, corpus = settings.index.path, generation.manifest.corpus
    return (
        ("index", str(index)),
        generation_row(generation),
        ("corpus", corpus),
        ("", health.corpus),
        *_warning_rows(warnings),
        *content_rows(generation.manifest),
        *_reader_rows(generation, health, settings),
        *_refusal_rows(generation, health, settings),
        *_former_rows(health.former, build(BuildIndex(index, corpus))),
        settings_row(settings),
        ("health", f"{health.check}{_former_faults(health.former)}"),
    )


def _warning_rows(warnings: Sequence[Warn]) -> Iterator[Row]:
    named = " (--verbose names them)"
    has_skipped = any(warn.skipped for warn in warnings)
    yield "not read", f"{unread_text(warnings)}{named if has_skipped else ''}"
    if not all(warn.skipped for warn in warnings):
        yield "warnings", f"{warned_text(warnings)}{'' if has_skipped else named}"


def settings_row(settings: Settings) -> Row:
    """Return which settings file holds, or else where one would be looked for."""
    places = " or ".join(map(str, usual_files()))
    return "settings", str(settings.file or f"the defaults, as there is no {places}")


def fault_rows(settings: Settings, check: Check, former: Sequence[Former]) -> tuple[Row, ...]:
    """Return what `quoth status` shows of an index whose current generation cannot be opened."""
    index = settings.index.path
    rows = _former_rows(former, build(rebuilding(index)))
    return (("index", str(index)), *rows, settings_row(settings), ("health", str(check)))


def _refusal_rows(generation: Generation, health: Health, settings: Settings) -> Iterator[Row]:
    """Yield below which confidence the index refuses, and what that was fitted on."""
    calibration, threshold = health.calibration, threshold_text(health.threshold)
    if calibration is None:
        yield "refusals", f"not calibrated: threshold {threshold}"
        return
    if health.stale:
        yield "refusals", f"threshold {threshold}; the calibration is not used: {health.stale}"
        return
    overridden = "" if settings.answer.threshold == "auto" else f", which the setting {threshold} overrides"
    yield "refusals", f"calibrated: threshold {threshold_text(calibration.threshold)}{overridden}"
    yield "", f"on {calibration.gold}, {count(calibration.questions, 'question')}, {calibration.made[:10]}"
    if calibration.reranker:
        yield "", f"with the reranker {calibration.reranker}"
    yield "", f"false answers {_percent(calibration.false_answers)}, held out"
    yield "", f"false refusals {_percent(calibration.false_refusals)}, held out"
    if calibration.fingerprint != generation.manifest.fingerprint:
        yield "", f"fitted on fingerprint {calibration.fingerprint}; the index has changed since"


def _reader_rows(generation: Generation, health: Health, settings: Settings) -> Iterator[Row]:
    """Yield what reads the best passages, and what that was tuned on."""
    setting, tuned = settings.answer.reader, health.tuned
    if tuned is None:
        yield "reader", "none" if setting is None else BUILT_IN_READER if setting == AUTO_READER else setting
        return
    tuning = tuned.tuning
    overridden = "" if setting == AUTO_READER else f', which the setting "{setting or ""}" overrides'
    yield "reader", f"tuned: {tuned.digest}, from {tuning.base}{overridden}"
    feedback = f" and {count(tuning.feedback, 'line')} of feedback" if tuning.feedback else ""
    yield "", f"on {tuning.gold}, {count(tuning.questions, 'question')}{feedback}, {tuning.made[:10]}"
    for figure in tuning.figures[:1]:
        before, after = number(figure.before, figure.unit), number(figure.after, figure.unit)
        yield "", f"{figure.name.partition(' ')[2]} {after}, {before} before, held out"
    if tuning.fingerprint != generation.manifest.fingerprint:
        yield "", f"tuned on fingerprint {tuning.fingerprint}; the index has changed since"


def _former_rows(generations: Sequence[Former], rebuild: str) -> Iterator[Row]:
    for place, former in enumerate(generations):
        manifest = former.manifest
        created = f"built {manifest.created}, {megabytes(bytes_of(manifest))}, " if manifest else ""
        yield "former" if place == 0 else "", f"{former.number:06d}, {created}replaced {former.replaced}"
        yield "", str(former.check)
        if former.check.damage:
            yield "", f"{ONLY_CITATIONS}: remove its folder, then run `{rebuild}`."
        if former.check.missing:
            yield "", f"{ONLY_CITATIONS}: put it back, or run `{rebuild}`, which takes it off the list."


def _former_faults(generations: Sequence[Former]) -> str:
    """Return the end of the health if a former generation is not sound."""
    faulty = [f"{former.number:06d}" for former in generations if not former.check.sound]
    return f", but not those of the former {', '.join(faulty)}, see above" if faulty else ""


def _percent(rate: Rate) -> str:
    return f"{number(rate.value, '%')} ({interval(rate.low, rate.high, '%')})"


def bytes_of(manifest: Manifest) -> int:
    """Return the size of a generation's files."""
    return sum(size for size, _ in manifest.files.values())


def megabytes(size: int) -> str:
    """Return a size to read."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size:,} bytes"
