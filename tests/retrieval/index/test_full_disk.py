"""A generation that did not reach the disk as it was meant is never published, and the one before answers on."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.encoding.encoder import Floats
from retrieval.errors import IndexNotWritable, TemporaryFilesUnusable
from retrieval.files import NewFile
from retrieval.index.assembly import Passage
from retrieval.index.builder import FILES
from retrieval.index.generation import Generation
from retrieval.index.journal import NAMES
from retrieval.index.splitting import Terms
from retrieval.index.vectors import VectorWriter
from retrieval.index.writer import GenerationWriter, NewArticle
from tests.retrieval.forks import Forker
from tests.toy import build_toy, open_toy, write_corpus

QUESTION = "How many clocks does the museum keep?"
FULL = "No space left on device"
WRITTEN = sorted(FILES | {"CURRENT", "builder"})


@pytest.fixture
def index(corpus: Path, tmp_path: Path) -> Path:
    """An index whose corpus has changed since."""
    build_toy(corpus, tmp_path / "index")
    (corpus / "museum.md").write_text("The museum keeps 313 clocks now. All of them are wound by hand.\n", "utf-8")
    return tmp_path / "index"


def quoted(index: Path) -> str:
    """Check the current generation whole, and ask it."""
    generation = Generation.current(index)
    assert list(generation.verify())
    return open_toy(index).ask(QUESTION).quotes[0].text


def assert_as_before(index: Path) -> None:
    assert "312 clocks" in quoted(index)
    assert {path.name for path in index.iterdir()} - set(NAMES) == {"CURRENT", "builder", "generations", "lock"}
    assert [path.name for path in (index / "generations").iterdir()] == ["000001"]


def name_of(path: Path) -> str:
    """What a file is called in its generation or index."""
    inside = path.parent.name in ("passage-terms", "sentence-terms")
    return (
        f"{path.parent.name}/{path.name}"
        if inside
        else path.name.partition("-")[0]
        if "CURRENT" in path.name
        else path.name
    )


class Disk:
    """A disk with a fault where a file of one name is written."""

    def __init__(self, name: str, fault: Callable[[int, int], None], monkeypatch: pytest.MonkeyPatch) -> None:
        """`fault` is given the file's handle and size, when it is synced."""
        self.met, sync = 0, os.fsync

        def fsync(handle: int) -> None:
            sync(handle)
            path = Path(os.readlink(f"/proc/self/fd/{handle}"))
            if name_of(path) == name:
                self.met += 1
                fault(handle, os.fstat(handle).st_size)

        monkeypatch.setattr("retrieval.files.os.fsync", fsync)


def full(handle: int, size: int) -> None:
    """Synced at last, the file does not fit."""
    raise OSError(28, FULL)


def short(handle: int, size: int) -> None:
    """Lose the last byte, and say nothing."""
    os.truncate(f"/proc/self/fd/{handle}", size - 1)


def flipped(handle: int, size: int) -> None:
    """Write another byte than was given, and say nothing."""
    with open(f"/proc/self/fd/{handle}", "r+b") as file:
        file.seek(size // 2)
        byte = file.read(1)
        file.seek(size // 2)
        file.write(bytes([byte[0] ^ 4]))


@pytest.mark.parametrize("fault", [full, short, flipped])
@pytest.mark.parametrize("name", WRITTEN)
def test_no_file_that_failed_is_published(
    name: str, fault: Callable[[int, int], None], corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        disk = Disk(name, fault, patched)
        with pytest.raises(IndexNotWritable, match=rf"^The index folder {index} cannot be written \("):
            build_toy(corpus, index)
        assert disk.met
    assert_as_before(index)
    assert not build_toy(corpus, index).unchanged
    assert "313 clocks" in quoted(index)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_disk_that_fills_while_a_file_is_written(
    name: str, corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = NewFile.write

    def filling(self: NewFile, data: bytes | memoryview) -> int:
        if name_of(self._path) == name:
            raise OSError(28, FULL)
        return write(self, data)

    monkeypatch.setattr(NewFile, "write", filling)
    with pytest.raises(IndexNotWritable, match=rf"cannot be written \({FULL}\): make it writable, free some space"):
        build_toy(corpus, index)
    assert_as_before(index)


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """A limit of the system's own, at each size that a file has, in a process that has it."""
    corpus, index = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    build_toy(corpus, index)
    folder = Generation.current(index).folder
    sizes = {path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    (corpus / "museum.md").write_text("The museum keeps 313 clocks now. All of them are wound by hand.\n", "utf-8")
    with Forker() as forker:
        for largest in sorted({max(size // 2, 1) for size in sizes}):
            forker.start(do="build", corpus=str(corpus), index=str(index), step=0, largest=largest)
            assert forker.end() == (0, str(IndexNotWritable(index, "File too large"))), largest
            assert_as_before(index)
    build_toy(corpus, index)
    assert "313 clocks" in quoted(index)


def without_last_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    add = VectorWriter.add

    def fewer(self: VectorWriter, vector: Floats) -> None:
        if not self._count:
            add(self, vector)

    monkeypatch.setattr(VectorWriter, "add", fewer)


def without_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    parse = Terms.parse

    def parsed(raw: bytes) -> Terms:
        counted = parse(raw)
        return Terms(counted.words, [(["same"], [["same"]] * len(sentences)) for _, sentences in counted.passages])

    monkeypatch.setattr(Terms, "parse", parsed)


def without_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    add = GenerationWriter.add

    def fewer(self: GenerationWriter, article: NewArticle, passages: Sequence[Passage]) -> None:
        add(self, article, [(split, key, replace(encoded, bits=encoded.bits[:1])) for split, key, encoded in passages])

    monkeypatch.setattr(GenerationWriter, "add", fewer)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (without_last_vector, "vectors.array did not come out as it was written: it has another number of passages"),
        (without_terms, "passage-terms did not come out as it was written: row 0 is not found by its own words"),
        (without_bits, "bits.bin did not come out as it was written: a passage has fewer tokens than its sentences"),
    ],
)
def test_a_generation_is_asked_before_it_is_published(
    broken: Callable[[pytest.MonkeyPatch], None],
    reason: str,
    corpus: Path,
    index: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        broken(patched)
        with pytest.raises(IndexNotWritable) as caught:
            build_toy(corpus, index)
    assert caught.value.reason == reason
    assert_as_before(index)


def test_terms_of_stop_words_alone_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("It is not to be, and they will be there.\n", "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    assert not Generation.current(tmp_path / "index").passage_terms.scores(["there"]).any()


def test_articles_are_not_lost_while_temporary_files_cannot_be_written(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "new.txt").write_text(
        f"The ferry to Marlow leaves at nine every morning.{' It comes back.' * 5}", "utf-8"
    )

    def classify(text: str) -> None:
        raise OSError(28, FULL)

    with monkeypatch.context() as patched:
        patched.setattr("py3langid.classify", classify)
        patched.setattr("tempfile.tempdir", "/tmp/full")
        with pytest.raises(TemporaryFilesUnusable, match=rf"temporary files, /tmp/full, cannot be used \({FULL}\)"):
            build_toy(corpus, index)
    assert_as_before(index)
    build_toy(corpus, index)
    assert "new" in {article.id for article in Generation.current(index).articles()}
