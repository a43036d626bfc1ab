"""What mends a fault names the index that is meant, and the articles it was made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import IndexDamaged
from retrieval.index import folder as store
from retrieval.index.faults import damaged
from retrieval.index.generation import Generation
from retrieval.remedies import BuildIndex, beside, rebuilding
from tests.toy import build_toy, write_corpus


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of articles in "my articles"."""
    build_toy(write_corpus(tmp_path / "my articles"), tmp_path / "ix")
    return tmp_path / "ix"


def test_damage_is_mended_where_it_is(index: Path) -> None:
    again = BuildIndex(index, str(index.parent / "my articles"))
    folder = Generation.current(index).folder
    for file in (index / "CURRENT", folder / "texts.bin", folder / "passage-terms" / "x", index / "building-1" / "x"):
        assert damaged(file, "odd").remedies == (again,)


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"corpus": 1}', b"[" * 100_000, None])
def test_articles_that_nobody_knows_are_left_to_the_reader(manifest: bytes | None, index: Path) -> None:
    file = Generation.current(index).folder / "manifest.json"
    file.unlink()
    if manifest is not None:
        file.write_bytes(manifest)
    with pytest.raises(IndexDamaged, match=r"build the index again\.$") as caught:
        store.current(index)
    assert caught.value.remedies == (BuildIndex(index, None),)


def test_what_is_damaged_on_a_server_is_uploaded_again() -> None:
    index = Path("milvus://head:19530/docs")
    assert rebuilding(index) == BuildIndex(index, None, rebuild=True)


def test_another_place_is_beside_and_free(tmp_path: Path) -> None:
    assert beside(tmp_path / "a" / "..") == Path(f"{tmp_path}.index")
    assert beside(Path("/")) == Path("/.index")
    (tmp_path / "b.index").symlink_to("nowhere")
    assert beside(tmp_path / "b") == tmp_path / "b-2.index"
