"""Parts of a generation, written into a folder and opened again."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from retrieval.analysis import printed_words
from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.generation import Generation
from retrieval.index.sentence_terms import SentenceTerms, SentenceTermsWriter
from retrieval.index.store import Store
from retrieval.index.vectors import EXACT, Kind, Vectors, VectorWriter
from retrieval.index.words import Words, WordsWriter


def stored_files(index: Path) -> dict[str, bytes]:
    """Return every file of the current generation but the manifest, which tells the time."""
    folder = Generation.current(index).folder
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def write_vectors(files: NewFiles, vectors: Floats, exact_up_to: int) -> Kind:
    """Write vectors as a build does."""
    with VectorWriter(files) as writer:
        for vector in vectors:
            writer.add(vector)
    return writer.finish(exact_up_to)


def stored_vectors(vectors: Floats, exact_up_to: int) -> tuple[Vectors, Kind]:
    """Return vectors as they are searched, which no folder keeps."""
    with tempfile.TemporaryDirectory() as folder:
        kind = write_vectors(NewFiles(Path(folder)), vectors, exact_up_to)
        return Vectors(Store(Path(folder)), vectors.shape[1], exact=kind.name == EXACT), kind


def stored_sentence_terms(documents: Iterable[Sequence[str]]) -> SentenceTerms:
    """Return the terms of documents by document."""
    with tempfile.TemporaryDirectory() as folder:
        with SentenceTermsWriter(NewFiles(Path(folder)), "terms") as writer:
            for document in documents:
                writer.add(document)
            writer.finish()
        return SentenceTerms(Store(Path(folder)), "terms", len(writer))


def stored_words(texts: dict[str, str]) -> Words:
    """Return the words of a text in each language."""
    with tempfile.TemporaryDirectory() as folder:
        writer = WordsWriter(NewFiles(Path(folder)))
        for language, text in texts.items():
            writer.add(Counter(printed_words(text)).items(), language)
        writer.finish()
        return Words(Store(Path(folder)))


def nearest_of(printed: Sequence[str]) -> Callable[[str, int], str | None]:
    """Return what finds the nearest of these words, the most frequent of which comes first."""
    often = " ".join(" ".join([word] * (len(printed) - place)) for place, word in enumerate(printed))
    words = stored_words({"en": often})
    return lambda word, edits: words.nearest(word, "en", edits)
