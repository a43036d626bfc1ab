"""A build over a damaged index takes over the passages that are whole, and encodes the others again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.encoding.encoder import Tokens
from retrieval.index.build import build
from retrieval.index.generation import Generation
from retrieval.index.keeping import Keep
from retrieval.index.resources import Announcement, GoesOn, MakesAgain
from tests.stored import stored_files
from tests.toy import PASSAGES, ToyEncoder, build_toy, toy_chosen

BLOCK = 64


@pytest.fixture(autouse=True)
def _in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files checked by blocks, as those of large indexes are."""
    for name in ("retrieval.files.BLOCK", "retrieval.index.store.BLOCK"):
        monkeypatch.setattr(name, BLOCK)
    monkeypatch.setattr("retrieval.index.store.WHOLE", 16)


@pytest.fixture
def index(corpus: Path, tmp_path: Path) -> Path:
    """An index of the corpus."""
    build_toy(corpus, tmp_path / "index")
    return tmp_path / "index"


def file_of(index: Path, name: str) -> Path:
    return Generation.current(index).folder / name


def flip(file: Path, at: int = -1) -> None:
    raw = bytearray(file.read_bytes())
    raw[at] ^= 1
    file.write_bytes(raw)


def encoded_again(corpus: Path, index: Path) -> int:
    """Build again, check that the index is what it was, and return how many passages were encoded."""
    report = build_toy(corpus, index)
    assert stored_files(index) == stored_files(index.parent / "scratch")
    return report.encoded


@pytest.fixture
def whole(corpus: Path, tmp_path: Path) -> int:
    """How many passages an index has, which lies beside the one that is damaged."""
    return build_toy(corpus, tmp_path / "scratch").encoded


@pytest.mark.parametrize("name", ["words.bin", "texts.bin", "terms.bin", "passage-terms/scores.array"])
def test_damage_of_what_is_not_encoded_has_nothing_encoded_again(
    name: str, corpus: Path, index: Path, whole: int
) -> None:
    flip(file_of(index, name))
    assert encoded_again(corpus, index) == 0


def test_a_damaged_record_has_its_passage_encoded_again(corpus: Path, index: Path, whole: int) -> None:
    flip(file_of(index, "bits.bin"))
    assert encoded_again(corpus, index) == 1


@pytest.mark.parametrize("name", ["passage-keys.array", "sentences.array", "bits.array"])
def test_a_damaged_block_has_its_passages_encoded_again(name: str, corpus: Path, index: Path, whole: int) -> None:
    flip(file_of(index, name))
    assert 0 < encoded_again(corpus, index) < whole


def test_a_damaged_vector_costs_no_others(corpus: Path, index: Path, whole: int) -> None:
    flip(file_of(index, "vectors.array"))
    assert encoded_again(corpus, index) == 1


@pytest.mark.parametrize("name", ["vectors.array", "bits.bin", "blocks.bin", "manifest.json"])
def test_a_file_that_was_cut_or_is_gone_has_all_encoded_again(name: str, corpus: Path, index: Path, whole: int) -> None:
    file = file_of(index, name)
    file.write_bytes(file.read_bytes()[:-5])
    assert encoded_again(corpus, index) == whole
    file_of(index, name).unlink()
    assert encoded_again(corpus, index) == whole


def test_the_damaged_generation_goes_where_the_new_one_has_all_of_it(corpus: Path, index: Path) -> None:
    damaged = Generation.current(index).folder
    flip(damaged / "words.bin")
    build_toy(corpus, index, keep=Keep(3))
    assert list(Generation.former(index)) == []
    assert [folder.name for folder in (index / "generations").iterdir()] == ["000002"]
    flip(Generation.current(index).folder / "words.bin")
    (corpus / "storm.txt").write_text("There was no storm at all, says the mayor of the town.\n", "utf-8")
    build_toy(corpus, index, keep=Keep(3))
    assert {folder.name for folder in (index / "generations").iterdir()} == {"000002", "000003"}


def test_a_build_from_scratch_takes_nothing_over(corpus: Path, index: Path, whole: int) -> None:
    flip(file_of(index, "words.bin"))
    assert build_toy(corpus, index, rebuild=True).encoded == whole


def test_what_another_encoder_made_is_not_taken_over(corpus: Path, index: Path, whole: int) -> None:
    flip(file_of(index, "words.bin"))
    other = ToyEncoder()
    other.centre = other.centre + 1
    assert build_toy(corpus, index, other).encoded == whole


def test_the_damaged_file_and_what_is_taken_over_are_announced(corpus: Path, index: Path, whole: int) -> None:
    file = file_of(index, "bits.bin")
    flip(file)
    announcements = list[Announcement]()
    build(corpus, index, lambda before: toy_chosen(), PASSAGES, announce=announcements.append)
    assert announcements == [
        MakesAgain(f"The index file {file} is damaged (its checksum differs)"),
        GoesOn(whole - 1),
    ]


def test_what_a_damaged_index_holds_is_kept_where_the_build_is_ended(corpus: Path, index: Path, whole: int) -> None:
    flip(file_of(index, "bits.bin"))

    class Ending(ToyEncoder):
        def _encode(self, texts: list[str]) -> Iterator[Tokens]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_toy(corpus, index, Ending())
    assert encoded_again(corpus, index) == 1
