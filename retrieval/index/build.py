"""Building a generation: what did not change is taken over from the one before, the rest is encoded."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from retrieval.articles.corpus import SourceFile, digest, scan
from retrieval.articles.left_out import characters
from retrieval.encoding.selection import Chosen
from retrieval.errors import (
    CorpusEmpty,
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    IndexOutdated,
)
from retrieval.files import NewFiles
from retrieval.index.article_records import LEFT_OUT, describe_left_out
from retrieval.index.blobs import write_all
from retrieval.index.documents import Document, Progress, by_id, gather, load_sources, save_sources
from retrieval.index.drafts import Drafts
from retrieval.index.folder import building, is_part_of, publish, tidy
from retrieval.index.generation import Generation
from retrieval.index.keeping import Keep
from retrieval.index.manifest import (
    OTHERWISE,
    Counts,
    Manifest,
    PassageSettings,
    check_model,
    check_passages,
    remaking,
)
from retrieval.index.trial import try_out
from retrieval.index.vectors import EXACT_UP_TO, Kind
from retrieval.index.writer import GenerationWriter
from retrieval.paths import expanded
from retrieval.records import Article, LeftOut, Reason, Warn
from retrieval.settings import MetadataSettings

LIBRARIES = ("bm25s", "faiss-cpu", "numpy", "onnxruntime", "sentencex", "tokenizers")

Choose = Callable[[Generation | None], Chosen]
"""Gives the encoder, for the generation to add to."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did."""

    manifest: Manifest
    warnings: tuple[Warn, ...]
    encoded: int
    """Passages encoded."""
    reused: int
    """Passages taken over from the generation before."""
    dropped: int
    """Articles of the generation before that are gone."""
    unchanged: bool
    """True where there was nothing to do and no generation was written."""
    seconds: float
    encoding_seconds: float = 0.0
    replaced: str | None = None
    """The corpus that the index held before, where that is another."""


def build(
    corpus: Path,
    index: Path,
    choose: Choose,
    passages: PassageSettings,
    *,
    progress: Progress = lambda stage, count, total: None,
    rebuild: bool = False,
    wait: bool = False,
    exact_up_to: int = EXACT_UP_TO,
    keep: Keep | None = None,
    fields: MetadataSettings | None = None,
) -> Report:
    """Index a corpus into the folder `index` and make the result current; `fields` are those of front matter.

    Raises CorpusError, IndexMismatch when the index there was made with other settings and `rebuild` is false,
    IndexLocked when another build is under way and `wait` is false, NotAnIndex when the folder is in use for something
    else, ListForeign when its CURRENT is, IndexNotWritable, IndexUnreadable, ModelError, ConverterNotStarted,
    TemporaryFilesUnusable.
    """
    began = time.monotonic()
    corpus = expanded(corpus).absolute()
    job = _Job(corpus, index, passages, progress, exact_up_to, keep or Keep(), began)
    with building(index, wait) as folder:
        # Not before the lock is held: what a build that was waited for has read may be newer.
        sources, warnings = scan(corpus, is_part_of(index), fields or MetadataSettings())
        before = None if rebuild else _before(index)
        chosen = choose(before)
        if before is not None:
            _check(before, corpus, index, chosen, passages)
            listed = load_sources(before)[0]
            reads_more = any(source.is_readable_now for source in listed)
            if _is_same(before, corpus, sources) and not reads_more:
                warnings += [warn for source in listed for warn in source.all_warnings]
                return job.unchanged(before, warnings)
        documents = gather(sources, before, progress)
        contents = _Contents(documents, by_id(documents), tuple(warnings))
        if before is not None and _is_same(before, corpus, contents.sources) and not reads_more:
            return job.unchanged(before, contents.warnings)
        return job.write(folder, before, chosen, contents)


@dataclass(frozen=True, slots=True)
class _Contents:
    """What was read of a corpus."""

    documents: Sequence[Document]
    articles: Sequence[Article]
    """All articles, by id."""
    scan_warnings: tuple[Warn, ...]
    """About files that were not opened."""

    @property
    def settled(self) -> list[Document]:
        """The files that could be read: others are not remembered, so that the next build reads them again."""
        return [document for document in self.documents if not document.retry]

    @property
    def sources(self) -> list[SourceFile]:
        """Those files as the corpus lists them."""
        return [document.source for document in self.settled]

    @property
    def warnings(self) -> tuple[Warn, ...]:
        """All warnings so far."""
        return (*self.scan_warnings, *(warn for document in self.documents for warn in document.all_warnings))


@dataclass(frozen=True, slots=True)
class _Job:
    """A build under way."""

    corpus: Path
    index: Path
    passages: PassageSettings
    progress: Progress
    exact_up_to: int
    keep: Keep
    began: float

    def unchanged(self, before: Generation, warnings: Sequence[Warn]) -> Report:
        """Return the report of a build that has nothing to do."""
        tidy(self.index, self.keep)
        reused = before.manifest.counts.passages
        return Report(before.manifest, tuple(warnings), 0, reused, 0, True, time.monotonic() - self.began)

    def write(self, folder: Path, before: Generation | None, chosen: Chosen, contents: _Contents) -> Report:
        """Write a generation into the folder and make it current."""
        articles, settled = contents.articles, contents.settled
        drafts = Drafts(before, self.index, chosen, self.passages, self.progress)
        files = NewFiles(folder)
        with GenerationWriter(files, articles) as writer:
            drafts.write(articles, writer)
        _add_warnings(contents.documents, drafts)
        warnings = contents.warnings
        if not writer.passages:
            raise _empty(self.corpus, warnings)
        kind = writer.finish(self.exact_up_to, self.progress)
        save_sources(files, settled, contents.scan_warnings)
        write_all(files, LEFT_OUT, map(describe_left_out, drafts.left_out))
        counts = _counts(len(settled), articles, writer, drafts.left_out)
        corpus_digest = digest(contents.sources)
        manifest = _manifest(files, str(self.corpus), corpus_digest, chosen, drafts.centre, self.passages, counts, kind)
        try_out(self.index, folder, manifest)
        publish(self.index, folder, manifest.dump(), self.keep)
        return Report(
            manifest,
            warnings,
            drafts.encoded,
            counts.passages - drafts.encoded,
            drafts.dropped(articles),
            False,
            time.monotonic() - self.began,
            drafts.seconds,
            None if before is None or before.manifest.corpus == manifest.corpus else before.manifest.corpus,
        )


def _add_warnings(documents: Sequence[Document], drafts: Drafts) -> None:
    """Add the warnings about articles without passages to those about their files."""
    for document in documents:
        new = [warn for warn in drafts.warnings.get(document.source.path, ()) if warn not in document.warnings]
        document.warnings.extend(new)


def _empty(corpus: Path, warnings: Sequence[Warn]) -> CorpusEmpty:
    skipped = [warn for warn in warnings if warn.skipped]
    unreadable = bool(skipped) and all(warn.retry for warn in skipped)
    return CorpusEmpty(corpus, [(warn.path, warn.reason) for warn in skipped], unreadable=unreadable)


def _before(index: Path) -> Generation | None:
    """Return the generation to add to, or None where all must be made again.

    That is where there is none, where it is damaged, and where an earlier version of quoth made it.
    """
    try:
        generation = Generation.current(index)
        check_model(generation.manifest, index)
        for _ in generation.verify():
            pass
    except (IndexNotFound, IndexDamaged, IndexOutdated):
        return None
    return generation


def _check(before: Generation, corpus: Path, index: Path, chosen: Chosen, passages: PassageSettings) -> None:
    """Raise IndexMismatch where the generation before was made with another model or other passage settings."""
    old, new = before.manifest.encoder, chosen.spec
    again = remaking(index, str(corpus), new.name)
    for what in ("name", "digest", "precision", "export"):
        if getattr(old, what) != getattr(new, what):
            values = getattr(old, what), getattr(new, what)
            raise IndexMismatch(index, f"the model's {what}", *values, (*again, OTHERWISE))
    check_passages(before.manifest, index, passages, again)


def _is_same(before: Generation, corpus: Path, sources: Sequence[SourceFile]) -> bool:
    """Return whether the generation is of this corpus, and of these files of it."""
    return (before.manifest.corpus, before.manifest.corpus_digest) == (str(corpus), digest(sources))


def _counts(
    files: int, articles: Sequence[Article], writer: GenerationWriter, left_out: Sequence[Sequence[LeftOut]]
) -> Counts:
    counter = Counter[Reason]()
    for piece in chain.from_iterable(left_out):
        counter[piece.reason] += piece.characters
    read = sum(characters(article.text) for article in articles) + counter[Reason.OUTSIDE]
    by_reason = {reason: counter[reason] for reason in Reason if counter[reason]}
    return Counts(files, len(articles), writer.passages, writer.sentences, writer.tokens, read, by_reason)


def _manifest(
    files: NewFiles,
    corpus: str,
    corpus_digest: str,
    chosen: Chosen,
    centre: tuple[float, ...],
    passages: PassageSettings,
    counts: Counts,
    kind: Kind,
) -> Manifest:
    return Manifest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        corpus=corpus,
        corpus_digest=corpus_digest,
        encoder=chosen.spec,
        centre=centre,
        passages=passages,
        counts=counts,
        vectors=kind.name,
        recall=kind.recall,
        versions={name: version(name) for name in LIBRARIES},
        files=dict(sorted(files.whole.items())),
    )
