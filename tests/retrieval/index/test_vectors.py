"""Search over passage vectors, exact and in cells."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoding.encoder import Floats, unit
from retrieval.files import NewFiles
from retrieval.index.store import Store
from retrieval.index.vectors import Kind, Vectors
from tests.stored import stored_vectors, write_vectors

SOME = unit(np.random.default_rng(5).normal(size=(600, 32)).astype(np.float32))


def nearest(vectors: Floats, question: Floats, count: int) -> set[int]:
    return set(np.argsort(-(vectors @ question), kind="stable")[:count].tolist())


def test_few_vectors_are_searched_exactly() -> None:
    vectors, kind = stored_vectors(SOME, exact_up_to=600)
    assert kind == Kind("exact", None)
    for question in SOME[:20] + SOME[20:40]:
        assert set(vectors.search(question, 10).tolist()) == nearest(SOME, question, 10)
    assert sorted(vectors.search(SOME[0], 5000).tolist()) == list(range(600)), "never more than there are"


def test_many_vectors_are_searched_in_cells_with_its_recall_told() -> None:
    vectors, kind = stored_vectors(SOME, exact_up_to=599)
    assert kind.name.startswith("IVF")
    assert kind.recall is not None
    assert 0.9 < kind.recall <= 1.0
    hits = [len(nearest(SOME, question, 10) & set(vectors.search(question, 10).tolist())) for question in SOME[:50]]
    assert np.mean(hits) > 9


@pytest.mark.parametrize("exact_up_to", [600, 10])
def test_two_builds_write_the_same_bytes(exact_up_to: int, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        files = NewFiles(tmp_path / name)
        files.folder.mkdir()
        write_vectors(files, SOME, exact_up_to)
        written.append(files.whole)
    assert written[0] == written[1]
    assert ("cells/codes.array" in written[0]) == (exact_up_to == 10)


@pytest.mark.parametrize("exact_up_to", [600, 10])
def test_the_vectors_of_rows_are_those_that_were_written(exact_up_to: int) -> None:
    vectors, _ = stored_vectors(SOME, exact_up_to)
    assert len(vectors) == 600
    rows = np.array([7, 0, 599, 7])
    assert np.array_equal(vectors.rows(rows), SOME[rows])
    assert vectors.rows(np.arange(0)).shape == (0, 32)


def test_cells_leave_out_what_a_filter_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = stored_vectors(SOME, 10)
    among = np.arange(600) % 3 == 0
    for scanned in (0, 600):
        monkeypatch.setattr(vectors._cells, "scanned", scanned)
        for question in SOME[:20]:
            rows = vectors.search(question, 10, among)
            assert len(set(rows.tolist())) == 10
            assert among[rows].all()


def test_a_folder_whose_name_is_no_utf8_is_read(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    write_vectors(NewFiles(folder), SOME, 10)
    assert len(Vectors(Store(folder), 32, exact=False).search(SOME[0], 10)) == 10
