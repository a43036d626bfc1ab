"""What a terminal says of files that are not what was indexed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.formats.visible import one_line
from bot.remedies import build
from retrieval.citations.freshness import OutdatedFile
from retrieval.errors import first_few
from retrieval.index.generation import Generation
from retrieval.remedies import BuildIndex


def outdated_line(files: Sequence[OutdatedFile], generation: Generation, index: Path) -> str | None:
    """Return one sentence on the files that changed or are gone, and what to do; None where all are as indexed."""
    corpus = generation.manifest.corpus
    if any(file.path == corpus for file in files):
        return f"The corpus {one_line(corpus)} is no longer there: these are its words as they were indexed."
    changed, gone = ([one_line(file.path) for file in files if file.state == state] for state in ("changed", "gone"))
    parts = []
    if changed:
        since = "has changed since it was indexed" if len(changed) == 1 else "have changed since they were indexed"
        parts.append(f"{first_few(changed)} {since}")
    if gone:
        parts.append(f"{first_few(gone)} {'is' if len(gone) == 1 else 'are'} no longer there")
    return f"{', and '.join(parts)}: index again with `{build(BuildIndex(index, corpus))}`." if parts else None
