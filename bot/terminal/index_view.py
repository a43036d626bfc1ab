"""An index as names and values: what it holds, and what made it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.formats.visible import one_line
from bot.terminal.screen import Screen
from retrieval.index.generation import Generation
from retrieval.index.manifest import Manifest

Row = tuple[str, str]
"""A name and its value; the name is empty where the row before goes on."""


def show_rows(screen: Screen, rows: Sequence[Row]) -> None:
    """Print names and values below each other."""
    width = max(len(name) for name, _ in rows) + 2
    for name, value in rows:
        # A command that a terminal's line ends cut in two would be pasted as two.
        screen.line(one_line(value), first=f"{name:{width}}", wrap="`quoth " not in value)


def generation_row(generation: Generation) -> Row:
    """Return which generation it is, and when it was made."""
    manifest = generation.manifest
    return "generation", f"{generation.folder.name}, made {manifest.created}, fingerprint {manifest.fingerprint}"


def content_rows(manifest: Manifest) -> tuple[Row, ...]:
    """Return what a generation holds and what made it."""
    counts, encoder, size = manifest.counts, manifest.encoder, bytes_of(manifest)
    recall = "" if manifest.recall is None else f", recall {manifest.recall:.3f} of exact search"
    title = "read behind the title" if manifest.passages.title else "read without the title"
    return (
        ("holds", f"{counts.articles:,} articles, {counts.passages:,} passages, {counts.sentences:,} sentences"),
        ("", f"{counts.tokens:,} tokens, from {counts.files:,} files"),
        ("model", f"{encoder.name}, {encoder.precision}, digest {encoder.digest[:12]}"),
        ("passages", f"at most {manifest.passages.max_pieces} word pieces, {title}"),
        ("vectors", f"{manifest.vectors}{recall}"),
        ("on disk", f"{megabytes(size)}, {size / counts.passages:,.0f} bytes a passage"),
        ("made by", ", ".join(f"{name} {version}" for name, version in sorted(manifest.versions.items()))),
    )


def bytes_of(manifest: Manifest) -> int:
    """Return the size of a generation's files."""
    return sum(size for size, _ in manifest.files.values())


def megabytes(size: int) -> str:
    """Return a size to read."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size:,} bytes"
