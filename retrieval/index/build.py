"""Building a generation: what did not change is taken over from the one before, the rest is encoded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from retrieval.articles.conversion import Converter
from retrieval.articles.corpus import SourceFile, digest, read, scan, unforeseen
from retrieval.articles.passages import Window, windows
from retrieval.articles.sentences import segment, why_none
from retrieval.encoding.encoder import Encoder, Tokens
from retrieval.encoding.selection import Chosen
from retrieval.errors import (
    CorpusEmpty,
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    IndexNotWritable,
    IndexOutdated,
    IndexUnreadable,
)
from retrieval.files import NewFiles
from retrieval.index import folder as store
from retrieval.index.bits import pack
from retrieval.index.folder import Keep
from retrieval.index.generation import Generation
from retrieval.index.manifest import (
    OTHERWISE,
    Counts,
    Manifest,
    PassageSettings,
    check_encoder,
    check_passages,
    rebuilding,
)
from retrieval.index.vectors import EXACT_UP_TO, Kind
from retrieval.index.writer import GenerationWriter, Placed
from retrieval.paths import expanded
from retrieval.records import Article, Sentence, Warn

TITLE_LENGTH = 100  # characters of a title that are read before a passage
SPECIAL_PIECES = 2  # that a model puts around a text
LIBRARIES = ("bm25s", "faiss-cpu", "numpy", "onnxruntime", "sentencex", "tokenizers")

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total) as the build goes on; the stages are read, split, encode and write."""
Choose = Callable[[Generation | None], Chosen]
"""Gives the encoder, told the generation to add to."""


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


@dataclass(frozen=True, slots=True)
class _Known:
    """A file of the generation before, with what was said of it."""

    path: str
    sha256: str
    warnings: list[Warn]
    renamed: list[Warn]

    @property
    def told(self) -> list[Warn]:
        """All that was said of it."""
        return [*self.warnings, *self.renamed]


@dataclass(frozen=True, slots=True)
class _Document:
    """A file of the corpus with its articles, and what is to be said of it."""

    source: SourceFile
    articles: list[Article]
    warnings: list[Warn]
    renamed: list[Warn] = field(default_factory=list)
    """Of its articles that were given other ids."""

    @property
    def told(self) -> list[Warn]:
        """All that is to be said of it."""
        return [*self.warnings, *self.renamed]

    @property
    def retry(self) -> bool:
        """Whether it could not be read this time."""
        return any(warn.retry for warn in self.warnings)


@dataclass(slots=True)
class _Draft:
    """An article on its way into the generation, with its passages' rows of before or its new windows."""

    article: Article
    old: range = range(0)
    windows: list[Window] = field(default_factory=list)


def build(
    corpus: Path,
    index: Path,
    choose: Choose,
    passages: PassageSettings,
    *,
    progress: Progress = lambda stage, done, total: None,
    rebuild: bool = False,
    wait: bool = False,
    exact_up_to: int = EXACT_UP_TO,
    keep: Keep | None = None,
) -> Report:
    """Index a corpus into the folder `index` and make the result current.

    Raises CorpusError, IndexMismatch when the index there was made with other settings and `rebuild` is false,
    IndexLocked when another build is under way and `wait` is false, NotAnIndex when the folder is in use for something
    else, IndexNotWritable, ModelError, ConverterNotStarted.
    """
    began = time.monotonic()
    corpus, keep = expanded(corpus).absolute(), keep or Keep()
    sources, warnings = scan(corpus, store.is_part_of(index))
    with store.building(index, wait) as folder:
        before = None if rebuild else _before(index)
        chosen = choose(before)
        if before is not None:
            _check(before, corpus, index, chosen, passages)
            if _is_same(before, corpus, sources):
                told = [warn for known in _known(before) for warn in known.told]
                reused = before.manifest.counts.passages
                store.tidy(index, keep)
                return Report(before.manifest, (*warnings, *told), 0, reused, 0, True, time.monotonic() - began)
        documents = _gather(sources, before, progress)
        articles = _by_id(documents)
        # What could not be read this time is not remembered as having no articles: the next build reads it again.
        settled = [document.source for document in documents if not document.retry]
        if before is not None and _is_same(before, corpus, settled):
            told = [warn for document in documents for warn in document.told]
            reused = before.manifest.counts.passages
            store.tidy(index, keep)
            return Report(before.manifest, (*warnings, *told), 0, reused, 0, True, time.monotonic() - began)
        drafts = _Drafts(before, index, chosen, passages, progress)
        files = NewFiles(folder)
        with GenerationWriter(files, articles) as writer:
            drafts.write(articles, writer)
        for document in documents:
            new = [warn for warn in drafts.failed.get(document.source.path, ()) if warn not in document.warnings]
            document.warnings.extend(new)
        told = [warn for document in documents for warn in document.told]
        if not writer.passages:
            skipped = [warn for warn in (*warnings, *told) if warn.skipped]
            unreadable = bool(skipped) and all(warn.retry for warn in skipped)
            raise CorpusEmpty(corpus, [(warn.path, warn.reason) for warn in skipped], unreadable=unreadable)
        progress("write", 0, 1)
        kind = writer.finish(exact_up_to)
        _write_sources(files, [document for document in documents if not document.retry])
        counts = Counts(len(settled), len(articles), writer.passages, writer.sentences, writer.tokens)
        manifest = _manifest(files, str(corpus), digest(settled), chosen, drafts.centre, passages, counts, kind)
        _try_out(index, folder, manifest)
        store.publish(index, folder, manifest.dump(), keep)
        progress("write", 1, 1)
    return Report(
        manifest,
        (*warnings, *told),
        drafts.encoded,
        counts.passages - drafts.encoded,
        drafts.dropped(articles),
        False,
        time.monotonic() - began,
        drafts.seconds,
    )


def _before(index: Path) -> Generation | None:
    """Return the generation to add to, or None where all must be made again.

    That is where there is none, where it is damaged, and where an earlier version of quoth made it.
    """
    try:
        generation = Generation.current(index)
        for _ in generation.verify():
            pass
    except (IndexNotFound, IndexDamaged, IndexOutdated):
        return None
    return generation


def _check(before: Generation, corpus: Path, index: Path, chosen: Chosen, passages: PassageSettings) -> None:
    has, wanted = before.manifest.encoder, chosen.spec
    again = rebuilding(index, str(corpus), wanted.name)
    for what in ("name", "digest", "precision", "export"):
        if getattr(has, what) != getattr(wanted, what):
            values = getattr(has, what), getattr(wanted, what)
            raise IndexMismatch(index, f"the model's {what}", *values, f"{again}, {OTHERWISE}")
    check_passages(before.manifest, index, passages, again)


def _is_same(before: Generation, corpus: Path, sources: Sequence[SourceFile]) -> bool:
    """Whether the generation is of this corpus, and of these files of it."""
    return (before.manifest.corpus, before.manifest.corpus_digest) == (str(corpus), digest(sources))


def _gather(sources: Sequence[SourceFile], before: Generation | None, progress: Progress) -> list[_Document]:
    """Each file's articles and warnings: from the generation before where its bytes are the same, else read."""
    known: dict[tuple[str, str], _Known] = {}
    stored: dict[str, list[Article]] = {}
    if before is not None:
        # A file whose articles were given other ids is read again: whether they still have to be, is to be seen.
        known = {(one.path, one.sha256): one for one in _known(before) if not one.renamed}
        for article in before.articles():
            stored.setdefault(article.path or "", []).append(article)
    documents = []
    with Converter() as converter:
        for done, source in enumerate(sources):
            progress("read", done, len(sources))
            kept = known.get((source.path, source.sha256))
            articles, warnings = (stored.get(source.path, []), kept.warnings) if kept else read(source, converter)
            documents.append(_Document(source, articles, warnings))
    progress("read", len(sources), len(sources))
    return documents


def _by_id(documents: Sequence[_Document]) -> list[Article]:
    """All articles by id. Of two with the same id the first keeps it; the later one is given another, and says so."""
    claimed = {article.id for document in documents for article in document.articles}
    by_id: dict[str, Article] = {}
    numbers: dict[str, int] = {}
    for document in documents:
        for article in document.articles:
            id_ = article.id
            while id_ in by_id or (id_ != article.id and id_ in claimed):
                numbers[article.id] = numbers.get(article.id, 1) + 1
                id_ = f"{article.id}-{numbers[article.id]}"
            if id_ != article.id:
                reason = f"has the id {article.id!r}, as {by_id[article.id].path} has: it is given the id {id_!r}"
                document.renamed.append(Warn(document.source.path, reason, skipped=False))
            by_id[id_] = replace(article, id=id_)
    return [by_id[id_] for id_ in sorted(by_id)]


def _known(before: Generation) -> list[_Known]:
    """What a generation remembers of its files."""
    listed: list[dict[str, Any]] = json.loads((before.folder / "sources.json").read_bytes())
    return [
        _Known(
            one["path"],
            one["sha256"],
            [Warn(**warn) for warn in one["warnings"]],
            [Warn(**warn) for warn in one.get("renamed", ())],
        )
        for one in listed
    ]


def _write_sources(files: NewFiles, documents: Sequence[_Document]) -> None:
    listed = [
        {
            "path": document.source.path,
            "sha256": document.source.sha256,
            "warnings": [asdict(warn) for warn in document.warnings],
            "renamed": [asdict(warn) for warn in document.renamed],
        }
        for document in documents
    ]
    files.write("sources.json", json.dumps(listed, indent=1).encode("ascii"))


class _Drafts:
    """Passages of articles: taken over where article and title are the same as before, encoded where not."""

    def __init__(
        self, before: Generation | None, index: Path, chosen: Chosen, settings: PassageSettings, progress: Progress
    ) -> None:
        self._before, self._index, self._chosen = before, index, chosen
        self._settings, self._progress = settings, progress
        self.centre: tuple[float, ...] = before.manifest.centre if before is not None else ()
        """That of the generation before, so that new signs are taken about the same; else the encoder's."""
        self._rows: dict[tuple[str, str, int, str], int] = {}
        if before is not None:
            self._rows = {_key(article): row for row, article in enumerate(before.articles())}
        self.failed: dict[str, list[Warn]] = {}
        """By the path of the file, what is said of articles without passages."""
        self.encoded = 0
        self.seconds = 0.0

    def write(self, articles: Sequence[Article], writer: GenerationWriter) -> None:
        """Write the passages of all articles."""
        drafts = [self._draft(article) for article in articles]
        for draft in drafts:
            if _key(draft.article) in self._rows and not draft.old:
                self._sentences(draft.article)
        fresh = [draft for draft in drafts if _key(draft.article) not in self._rows]
        if not fresh:
            for row, draft in enumerate(drafts):
                self._take_over(row, draft, writer)
            return
        encoder = self._encoder()
        for done, draft in enumerate(fresh):
            self._progress("split", done, len(fresh))
            draft.windows = self._windows(draft.article, encoder)
        began = time.monotonic()
        total = sum(len(draft.windows) for draft in fresh)
        encoded = encoder.passages(self._texts(fresh))
        for row, draft in enumerate(drafts):
            self._take_over(row, draft, writer)
            for window in draft.windows:
                self._progress("encode", self.encoded, total)
                _add(row, draft.article, window, next(encoded), self.centre, writer)
                self.encoded += 1
        self._progress("encode", total, total)
        self.seconds = time.monotonic() - began

    def _encoder(self) -> Encoder:
        encoder = self._chosen.load()
        if self._before is None:
            self.centre = tuple(encoder.centre.tolist())
        else:
            check_encoder(self._before.manifest, self._index, encoder)
        return encoder

    def dropped(self, articles: Sequence[Article]) -> int:
        """How many articles of the generation before are not among these."""
        if self._before is None:
            return 0
        return len({article.id for article in self._before.articles()} - {article.id for article in articles})

    def _draft(self, article: Article) -> _Draft:
        row = self._rows.get(_key(article))
        return _Draft(article, range(0) if row is None or self._before is None else self._before.passages_of(row))

    def _context(self, article: Article) -> str:
        """What is read before each of an article's passages."""
        title = " ".join(article.title[:TITLE_LENGTH].split())
        return f"{title}. " if self._settings.title and title else ""

    def _windows(self, article: Article, encoder: Encoder) -> list[Window]:
        """An article's passages; none where that met an error that nobody foresaw, which is said of its file."""
        if not (sentences := self._sentences(article)):
            return []
        with self._telling(article):
            return windows(article.text, sentences, encoder.pieces, self._limit(article, encoder))
        return []

    def _sentences(self, article: Article) -> tuple[Sentence, ...]:
        """An article's sentences; where it has none, that is said of its file."""
        with self._telling(article):
            if sentences := segment(article):
                return sentences
            named = f"holds the article {article.id!r}, which " if (article.path or "").endswith(".jsonl") else ""
            self._tell(article, Warn(article.path or article.id, f"{named}{why_none(article)}"))
        return ()

    @contextmanager
    def _telling(self, article: Article) -> Iterator[None]:
        """Say of the article's file that it met an error which nobody foresaw: one article never ends the build."""
        try:
            yield
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - one article never ends the build
            self._tell(article, replace(unforeseen(article.path or article.id, error), retry=False))

    def _tell(self, article: Article, warn: Warn) -> None:
        self.failed.setdefault(article.path or article.id, []).append(warn)

    def _limit(self, article: Article, encoder: Encoder) -> int:
        """Word pieces that a passage may have: what is beyond what the encoder reads, it would not see."""
        before = encoder.pieces(encoder.prompts[1] + self._context(article))
        return max(1, min(self._settings.max_pieces, encoder.spec.max_pieces - SPECIAL_PIECES - before))

    def _texts(self, drafts: Sequence[_Draft]) -> Iterator[tuple[str, str]]:
        for draft in drafts:
            context = self._context(draft.article)
            for window in draft.windows:
                yield context, draft.article.text[window.start : window.end]

    def _take_over(self, row: int, draft: _Draft, writer: GenerationWriter) -> None:
        before = self._before
        if before is None or not draft.old:
            return
        vectors = before.vectors.rows(np.arange(draft.old.start, draft.old.stop))
        for old, vector in zip(draft.old, vectors, strict=True):
            rows = before.sentences[before.sentences_of(old).start : before.sentences_of(old).stop].tolist()
            placed = [(Sentence(start, end, paragraph), first, last) for _, start, end, paragraph, first, last in rows]
            writer.add(row, draft.article.text, placed, before.bits(old), vector)


def _key(article: Article) -> tuple[str, str, int, str]:
    """What an article's passages follow from; the ending, because it says how the text is cut into blocks."""
    return article.sha256, article.title, article.body, PurePosixPath(article.path or "").suffix.lower()


def _add(
    row: int, article: Article, window: Window, tokens: Tokens, centre: tuple[float, ...], writer: GenerationWriter
) -> None:
    starts = tokens.offsets[:, 0] + window.start
    placed: list[Placed] = [
        (one, int(np.searchsorted(starts, one.start)), int(np.searchsorted(starts, one.end)))
        for one in window.sentences
    ]
    writer.add(row, article.text, placed, pack(tokens.vectors, np.asarray(centre, dtype=np.float32)), tokens.pooled)


def _try_out(index: Path, folder: Path, manifest: Manifest) -> None:
    """Open what was written and ask it; raises IndexNotWritable where it is not what was meant."""
    try:
        generation = Generation(folder, manifest)
        for _ in generation.verify():
            pass
        generation.try_out()
    except (IndexDamaged, IndexUnreadable) as error:
        reason = f"{error.file.name} did not come out as it was written: {error.reason}"
        raise IndexNotWritable(index, reason) from error


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
