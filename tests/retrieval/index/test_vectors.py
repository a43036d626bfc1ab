"""Search over passage vectors, exact and in cells."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoding.encoder import Floats, unit
from retrieval.errors import IndexDamaged
from retrieval.files import NewFiles
from retrieval.index.vectors import Kind, Vectors

SOME = unit(np.random.default_rng(5).normal(size=(600, 32)).astype(np.float32))


def nearest(vectors: Floats, question: Floats, count: int) -> set[int]:
    return set(np.argsort(-(vectors @ question), kind="stable")[:count].tolist())


def test_few_vectors_are_searched_exactly() -> None:
    vectors, kind = Vectors.of(SOME, exact_up_to=600)
    assert kind == Kind("exact", None)
    for question in SOME[:20] + SOME[20:40]:
        assert set(vectors.search(question, 10).tolist()) == nearest(SOME, question, 10)
    assert sorted(vectors.search(SOME[0], 5000).tolist()) == list(range(600)), "never more than there are"


def test_many_vectors_are_searched_in_cells_with_its_recall_told() -> None:
    vectors, kind = Vectors.of(SOME, exact_up_to=599)
    assert kind.name.startswith("IVF")
    assert kind.recall is not None
    assert 0.9 < kind.recall <= 1.0
    hits = [len(nearest(SOME, question, 10) & set(vectors.search(question, 10).tolist())) for question in SOME[:50]]
    assert np.mean(hits) > 9


@pytest.mark.parametrize("exact_up_to", [600, 10])
def test_what_was_saved_is_loaded(exact_up_to: int, tmp_path: Path) -> None:
    built, _ = Vectors.of(SOME, exact_up_to)
    built.save(NewFiles(tmp_path), "one")
    Vectors.of(SOME, exact_up_to)[0].save(NewFiles(tmp_path), "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes(), "two builds write the same bytes"
    loaded = Vectors.load(tmp_path / "one")
    assert len(loaded) == 600
    rows = np.array([7, 0, 599, 7])
    assert np.array_equal(loaded.rows(rows), SOME[rows])
    assert loaded.rows(np.arange(0)).shape == (0, 32)
    for question in SOME[:20]:
        assert loaded.search(question, 10).tolist() == built.search(question, 10).tolist()


def test_a_file_that_is_no_index_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "vectors.faiss").write_bytes(b"nothing of the kind")
    with pytest.raises(IndexDamaged, match=r"vectors\.faiss is damaged \(FAISS cannot read it\)"):
        Vectors.load(tmp_path / "vectors.faiss")


def test_a_folder_whose_name_is_no_utf8_is_read(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    Vectors.of(SOME)[0].save(NewFiles(folder), "vectors.faiss")
    assert len(Vectors.load(folder / "vectors.faiss")) == 600


def test_vectors_that_are_gone_are_damage(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged, match=r"vectors\.faiss is damaged \(No such file or directory\)"):
        Vectors.load(tmp_path / "vectors.faiss")
