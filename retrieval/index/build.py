"""Building a generation: what did not change is taken over from the one before, the rest is encoded."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from retrieval.analysis import ANALYSIS
from retrieval.articles.corpus import SourceFile, digest, scan
from retrieval.encoding.selection import Chosen
from retrieval.errors import CorpusEmpty
from retrieval.files import NewFiles
from retrieval.index.assembly import Assembly
from retrieval.index.documents import Document, Progress, save_sources
from retrieval.index.encoded import EncodedPassage
from retrieval.index.folder import building, is_part_of, listed, publish, tidy
from retrieval.index.former import Former, check_before, generation_before
from retrieval.index.gathering import Gathering, Read
from retrieval.index.generation import Generation
from retrieval.index.journal import ENCODED, SPLIT, Journal, kept_if_worthwhile, remove_journals
from retrieval.index.keeping import Keep
from retrieval.index.loaded_encoder import LoadedEncoder
from retrieval.index.manifest import FORMAT, Counts, Manifest, PassageSettings
from retrieval.index.readers import WORTH, read_here, read_in_processes
from retrieval.index.reading_child import Setup
from retrieval.index.resources import Announce, Announcer, GoesOn, Limits, Needs, check_disk
from retrieval.index.salvage import remade_by, salvage
from retrieval.index.store import save_blocks
from retrieval.index.trial import try_out
from retrieval.index.vectors import EXACT_UP_TO, Kind
from retrieval.index.workers import Workers
from retrieval.index.writer import GenerationWriter
from retrieval.paths import expanded
from retrieval.records import Reason, Warn
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
    announce: Announce = lambda announcement: None,
    rebuild: bool = False,
    wait: bool = False,
    exact_up_to: int = EXACT_UP_TO,
    keep: Keep | None = None,
    fields: MetadataSettings | None = None,
    limits: Limits | None = None,
    workers: Workers | None = None,
) -> Report:
    """Index a corpus into the folder `index` and make the result current; `fields` are those of front matter.

    `announce` is called with what a user is to know of a long build. A build that is ended leaves what it has read and
    encoded, and the next one goes on from there. What `workers` read and encode is the same as here.

    Raises CorpusError, IndexMismatch when the index there was made with other settings and `rebuild` is false,
    IndexLocked when another build is under way and `wait` is false, NotAnIndex when the folder is in use for something
    else, ListForeign when its CURRENT is, DiskTooSmall, IndexNotWritable, IndexUnreadable, ModelError,
    ConverterNotStarted, TemporaryFilesUnusable.
    """
    began = time.monotonic()
    corpus = expanded(corpus).absolute()
    with building(index, wait) as folder, ExitStack() as stack:
        # Not before the lock is held: what a build that was waited for has read may be newer.
        sources, warnings = scan(corpus, is_part_of(index), fields or MetadataSettings())
        before = None if rebuild else generation_before(index, announce)
        chosen = choose(before)
        stack.enter_context(kept_if_worthwhile(index))
        place, calls = (corpus, index, folder), _Calls(progress, announce)
        bounds = exact_up_to, keep or Keep(), limits or Limits()
        job = _Job(*place, chosen, passages, calls, *bounds, began, workers, rebuild)
        if before is not None:
            check_before(before, corpus, index, chosen, passages)
        report = job.run(Former(before) if before else None, sources, warnings)
        remove_journals(index, listed(index)[0].folder / "manifest.json" if report.unchanged else None)
        return report


@dataclass(frozen=True, slots=True)
class _Calls:
    """What a build calls as it goes on."""

    progress: Progress
    announce: Announce


@dataclass(frozen=True, slots=True)
class _Job:
    """A build under way."""

    corpus: Path
    index: Path
    folder: Path
    """The new generation's."""
    chosen: Chosen
    passages: PassageSettings
    calls: _Calls
    exact_up_to: int
    keep: Keep
    limits: Limits
    began: float
    workers: Workers | None
    """What reads and encodes instead of this process and those it starts."""
    rebuild: bool
    """Whether nothing is taken over."""

    def unchanged(self, before: Generation, warnings: Sequence[Warn]) -> Report:
        """Return the report of a build that has nothing to do."""
        tidy(self.index, self.keep)
        reused = before.manifest.counts.passages
        return Report(before.manifest, tuple(warnings), 0, reused, 0, True, time.monotonic() - self.began)

    def run(self, former: Former | None, sources: Sequence[SourceFile], warnings: Sequence[Warn]) -> Report:
        """Build, where there is anything to do."""
        if former is None:
            return self.build(None, sources, warnings)
        reads_more = any(source.is_readable_now for source in former.sources)
        if _is_same(former.generation, self.corpus, sources) and not reads_more:
            known = (warn for source in former.sources for warn in source.all_warnings)
            return self.unchanged(former.generation, (*warnings, *known))
        return self.build(former, sources, warnings, may_be_same=not reads_more)

    def build(
        self, former: Former | None, sources: Sequence[SourceFile], warnings: Sequence[Warn], may_be_same: bool = False
    ) -> Report:
        """Read the corpus, write a generation of it and make that current."""
        encoder = LoadedEncoder(self.chosen, former.generation if former else None, self.index)
        with Journal(self.index, SPLIT, self._reads_as(former)) as read:
            gathering = Gathering(sources, former, read)
            gathered = gathering.gather(self._read(gathering.size, encoder, former), self.calls.progress)
            contents = _Contents(gathered.documents, tuple(warnings))
            if former and may_be_same and _is_same(former.generation, self.corpus, contents.sources):
                return self.unchanged(former.generation, contents.warnings)
            assembly = Assembly(gathered, former, read, self.chosen.spec.dimension, self.calls.progress)
            return self._write(assembly, former, encoder, contents)

    def _read(self, size: int, encoder: LoadedEncoder, former: Former | None) -> Read:
        """Return what reads files of so many bytes: several processes, where that is worth starting them."""
        if self.workers is not None:
            return partial(self.workers.read, encoder.portable_reader(former, self.passages))
        progress, count = self.calls.progress, self.limits.readers
        tokenizer = encoder.get().tokenizer_file if size >= WORTH and count > 1 else None
        if tokenizer is None:
            return partial(read_here, encoder.reader(former, self.passages), progress=progress)
        known = former.known_keys if former else b""
        setup = Setup(encoder.spec, tokenizer, encoder.get().prompts[1], self.passages, known)
        return partial(read_in_processes, setup, count, progress=progress)

    def _write(self, assembly: Assembly, former: Former | None, encoder: LoadedEncoder, contents: _Contents) -> Report:
        files = NewFiles(self.folder)
        with ExitStack() as stack:
            writer = stack.enter_context(GenerationWriter(files, self.limits.memory))
            encoded: Iterator[EncodedPassage] = iter(())
            if assembly.has_new:
                if self._remakes(former):
                    salvage(self.index, encoder.digest, assembly.passage_keys)
                kept = Journal(self.index, ENCODED, encoder.digest)
                assembly.look_up(stack.enter_context(kept))
                if assembly.kept:
                    self.calls.announce(GoesOn(assembly.kept))
            needs = self._needs(assembly, former)
            check_disk(self.index, needs.disk)
            if assembly.to_encode:
                on_encoded = Announcer(needs, self.limits, self.calls.announce)
                encoding = assembly.encode(encoder.spec, encoder.encode(self.workers), on_encoded)
                encoded = stack.enter_context(closing(encoding))
            assembly.write(writer, encoded)
        if not writer.passages:
            raise _empty(self.corpus, contents.warnings)
        kind = writer.finish(self.exact_up_to, self.calls.progress)
        save_sources(files, contents.settled, contents.scan_warnings)
        counts = _counts(contents, assembly, writer)
        before = former.generation if former else None
        save_blocks(files)
        manifest = _manifest(files, self, digest(contents.sources), encoder, counts, kind)
        try_out(self.index, self.folder, manifest)
        remade = remade_by(manifest, self.index) if self._remakes(former) else None
        publish(self.index, self.folder, manifest.dump(), self.keep, instead_of=remade)
        return Report(
            manifest,
            contents.warnings,
            assembly.encoded,
            counts.passages - assembly.encoded,
            assembly.dropped,
            False,
            time.monotonic() - self.began,
            assembly.seconds,
            None if before is None or before.manifest.corpus == manifest.corpus else before.manifest.corpus,
        )

    def _remakes(self, former: Former | None) -> bool:
        """Return whether a generation that is damaged may be there."""
        return former is None and not self.rebuild

    def _needs(self, assembly: Assembly, former: Former | None) -> Needs:
        """Return what the rest of the build writes, as far as that is known before it encodes."""
        taken_over = former.size * assembly.taken_over // len(former.passage_keys) if former else 0
        encoding = assembly.to_encode, assembly.characters_to_encode, self.chosen.spec.dimension
        return Needs(*encoding, taken_over, assembly.read_size, assembly.kept_size)

    def _reads_as(self, former: Former | None) -> str:
        """Return the digest of all that decides how a file is read and split, besides itself."""
        spec, before = asdict(self.chosen.spec), former.generation.manifest.dump() if former else b""
        makers = [FORMAT, ANALYSIS, _own_version(), spec, asdict(self.passages), hashlib.sha256(before).hexdigest()]
        return hashlib.sha256(json.dumps(makers, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Contents:
    """What was read of a corpus."""

    documents: Sequence[Document]
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


def _own_version() -> str:
    """Return the version of quoth; "" in a checkout that was not installed."""
    with suppress(PackageNotFoundError):
        return version("quoth")
    return ""


def _empty(corpus: Path, warnings: Sequence[Warn]) -> CorpusEmpty:
    skipped = [warn for warn in warnings if warn.skipped]
    unreadable = bool(skipped) and all(warn.retry for warn in skipped)
    return CorpusEmpty(corpus, [(warn.path, warn.reason) for warn in skipped], unreadable=unreadable)


def _is_same(before: Generation, corpus: Path, sources: Sequence[SourceFile]) -> bool:
    """Return whether the generation is of this corpus, and of these files of it."""
    return (before.manifest.corpus, before.manifest.corpus_digest) == (str(corpus), digest(sources))


def _counts(contents: _Contents, assembly: Assembly, writer: GenerationWriter) -> Counts:
    left_out = {reason: assembly.left_out[reason] for reason in Reason if assembly.left_out[reason]}
    read = assembly.characters + assembly.left_out[Reason.OUTSIDE]
    written = len(contents.settled), writer.articles, writer.passages, writer.sentences, writer.tokens
    return Counts(*written, read, left_out)


def _manifest(
    files: NewFiles, job: _Job, corpus_digest: str, encoder: LoadedEncoder, counts: Counts, kind: Kind
) -> Manifest:
    return Manifest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        corpus=str(job.corpus),
        corpus_digest=corpus_digest,
        encoder=encoder.spec,
        centre=tuple(encoder.centre.tolist()),
        passages=job.passages,
        counts=counts,
        vectors=kind.name,
        recall=kind.recall,
        versions={name: version(name) for name in (*LIBRARIES, *encoder.libraries)},
        files=dict(sorted(files.whole.items())),
    )
