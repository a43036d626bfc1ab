"""Reads and splits units of a corpus, in this process."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.articles.conversion import Converter
from retrieval.index.documents import Progress
from retrieval.index.gathering import Task
from retrieval.index.reading import Reader


def read_here(reader: Reader, tasks: Iterator[Task], *, progress: Progress) -> Iterator[tuple[Task, bytes]]:
    """Read units one after another; raises ConverterNotStarted, TemporaryFilesUnusable."""
    with Converter(pages=lambda count, total: progress("ocr", count, total)) as converter:
        for task in tasks:
            yield task, reader.read_and_split(task.unit, converter)
