"""An index of as many passages as asked for, made in minutes: real ones first, and then drawn ones (see `drawing`).

Drawn passages stand five to an article. They are written by the writers of a build, one at a time, in a process of its
own, whose memory is that of such a build.
"""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from retrieval.analysis import printed_words, terms
from retrieval.encoding.encoder import Floats
from retrieval.files import NewFiles
from retrieval.index.arrays import ArrayWriter, save_array
from retrieval.index.article_records import LEFT_OUT, describe, describe_left_out
from retrieval.index.bits import Bits
from retrieval.index.blobs import BlobWriter
from retrieval.index.documents import save_sources
from retrieval.index.facts import FactsWriter, facts_of
from retrieval.index.folder import building, publish
from retrieval.index.generation import Generation
from retrieval.index.manifest import Counts
from retrieval.index.postings import PostingsWriter
from retrieval.index.sentence_terms import SentenceTermsWriter
from retrieval.index.store import save_blocks
from retrieval.index.strings import encoded, save_strings
from retrieval.index.vectors import EXACT_UP_TO, Kind, VectorWriter
from retrieval.index.words import WordsWriter
from retrieval.records import Article
from tests.benchmarks.common import status_of
from tests.benchmarks.drawing import Drawer, Passage

AN_ARTICLE = 5  # passages of a drawn article
TABLES = ("passages", "sentences", "contexts", "first-sentences", "first-contexts")


class SyntheticIndex:
    """Writes an index of some real generation's passages, and after them of drawn ones."""

    def __init__(self, real: Generation, files: NewFiles) -> None:
        self._real, self._files = real, files
        self._open = ExitStack()
        self._rows = {name: self._open.enter_context(ArrayWriter(files, name, np.int32)) for name in TABLES}
        blobs = ("articles", "texts", "bits", LEFT_OUT)
        self._blobs = {name: self._open.enter_context(BlobWriter(files, name)) for name in blobs}
        self._vectors = self._open.enter_context(VectorWriter(files))
        self._passage_terms = PostingsWriter(files, "passage-terms")
        self._sentence_terms = SentenceTermsWriter(files, "sentence-terms")
        self._words, self._facts = WordsWriter(files), FactsWriter(files)
        self._ids, self._first_passages = list[str](), list[int]()
        self.passages = self.sentences = self.contexts = self.tokens = 0

    def write(self, copied: int, drawn: Iterable[Sequence[Passage]]) -> tuple[Kind, Counts]:
        """Write the first `copied` articles of the real ones, and after them drawn ones."""
        for row in range(copied):
            self._copy(row)
        for number, passages in enumerate(drawn):
            self._add_drawn(number, passages)
        self._rows["first-sentences"].add(self.sentences)
        self._rows["first-contexts"].add(self.contexts)
        self._open.close()
        save_array(self._files, "first-passages", np.array([*self._first_passages, self.passages], dtype=np.int32))
        save_strings(self._files, "ids", map(encoded, self._ids))
        self._facts.finish()
        self._words.finish()
        self._passage_terms.finish()
        self._sentence_terms.finish()
        kind = self._vectors.finish(EXACT_UP_TO)
        save_sources(self._files, [], [])
        save_blocks(self._files)
        articles = len(self._ids)
        return kind, Counts(articles, articles, self.passages, self.sentences, self.tokens, 0, {})

    def _article(self, article: Article) -> None:
        assert not self._ids or self._ids[-1] < article.id
        self._ids.append(article.id)
        self._first_passages.append(self.passages)
        self._blobs["articles"].add(describe(article))
        self._blobs["texts"].add(article.text.encode())
        self._blobs[LEFT_OUT].add(describe_left_out(()))
        self._facts.add(facts_of(article))

    def _copy(self, row: int) -> None:
        real, rows = self._real, self._rows
        article = real.article(row)
        self._article(article)
        for passage in real.passages_of(row):
            own, under = real.passage(passage), real.context_of(passage)
            context = real.context_text(passage)
            text = context + real.visible_text(row)[own.start : own.end]
            rows["first-sentences"].add(self.sentences)
            rows["first-contexts"].add(self.contexts)
            rows["passages"].add((len(self._ids) - 1, own.start, own.end))
            headings = len(real.headings_of(passage))
            for number, span in enumerate(under):
                rows["contexts"].add((self.passages, *span, int(number < headings)))
            for at in real.sentences_of(passage):
                sentence = real.sentence(at)
                rows["sentences"].add((self.passages, *sentence[2:]))
                self._sentence_terms.add(terms(context + real.lead_text(at) + real.text(sentence), article.read_as))
            vector = real.vectors.rows(np.array([passage]))[0]
            self._written(text, terms(text, article.read_as), real.bits(passage), vector, len(under))
            self.sentences += len(real.sentences_of(passage))

    def _add_drawn(self, number: int, drawn: Sequence[Passage]) -> None:
        text = "\n\n".join(passage.text for passage in drawn)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        self._article(
            Article(f"zz/{number:08d}", text, f"Drawn {number}", sha256, path=f"zz/{number:08d}.txt", language="en")
        )
        begin = 0
        of_each: dict[str, list[Any]] = {name: [] for name in TABLES}
        for passage in drawn:
            of_each["first-sentences"].append(self.sentences)
            of_each["first-contexts"].append(self.contexts)
            of_each["passages"].append((len(self._ids) - 1, begin, begin + len(passage.text)))
            of_each["sentences"] += [
                (self.passages, begin + start, begin + end, 0, first, last, 0)
                for start, end, first, last in passage.spans
            ]
            for own in passage.sentence_terms:
                self._sentence_terms.add(own)
            self._written(passage.text, passage.terms, passage.bits, passage.vector, 0)
            self.sentences += len(passage.spans)
            begin += len(passage.text) + 2
        for name, own_rows in of_each.items():
            if own_rows:
                self._rows[name].add(own_rows)

    def _written(self, text: str, own: Sequence[str], bits: Bits, vector: Floats, contexts: int) -> None:
        self._passage_terms.add(own)
        self._words.add(Counter(printed_words(text)).items(), "en")
        self._vectors.add(vector)
        self._blobs["bits"].add(bits.tobytes())
        self.passages += 1
        self.contexts += contexts
        self.tokens += len(bits)


def write_index(index: Path, count: int, donors: Sequence[int], synthetic: Path) -> int:
    """Make an index of the first passages of another one, and of others drawn from its passages at the rows `donors`.

    There are `count` in all. Return the most memory that writing them took, in KiB.
    """
    real = Generation.current(index)
    copied = len(real)
    while real.passages_of(copied - 1).stop > count:
        copied -= 1
    drawer, missing = Drawer(real, donors), count - real.passages_of(copied - 1).stop
    command = [sys.executable, "-m", "tests.benchmarks.synthetic", str(index), str(copied), str(synthetic)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin is not None
        with writer.stdin as stream:
            for begin in range(0, missing, AN_ARTICLE):
                pickle.dump([drawer.passage() for _ in range(min(AN_ARTICLE, missing - begin))], stream)
        assert writer.stdout is not None
        peak = writer.stdout.read()
    if writer.returncode:
        raise subprocess.CalledProcessError(writer.returncode, command)
    return int(peak)


def _write(index: Path, copied: int, synthetic: Path) -> None:
    """Write articles of an index and those that stdin brings, and print the most memory that it took, in KiB."""
    real = Generation.current(index)
    with building(synthetic) as folder:
        files = NewFiles(folder)
        kind, counts = SyntheticIndex(real, files).write(copied, _unpickled(sys.stdin.buffer))
        manifest = replace(
            real.manifest, counts=counts, vectors=kind.name, recall=kind.recall, files=dict(sorted(files.whole.items()))
        )
        publish(synthetic, folder, manifest.dump())
    print(status_of("VmHWM"))


def _unpickled(stream: IO[bytes]) -> Iterator[list[Passage]]:
    while True:
        try:
            yield pickle.load(stream)  # noqa: S301  what the process that draws wrote
        except EOFError:
            return


if __name__ == "__main__":
    _write(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
