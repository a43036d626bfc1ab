"""Arrays on disk, whose large ones are checked block by block."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import IndexDamaged
from retrieval.files import BLOCK, NewFiles
from retrieval.index.arrays import ArrayWriter, save_array
from retrieval.index.store import BLOCKS, WHOLE, Mapped, Store, save_blocks

ROWS = np.arange(3 * WHOLE // 8, dtype=np.int32).reshape(-1, 2)
"""Half as many bytes again as of the largest file that is checked whole."""
BLOCKS_OF_LARGE = -(-ROWS.nbytes // BLOCK)


@pytest.fixture
def files(tmp_path: Path) -> NewFiles:
    """The files of a folder with one large array and one small one."""
    files = NewFiles(tmp_path)
    save_array(files, "large", ROWS)
    save_array(files, "small", ROWS[:5])
    save_blocks(files)
    return files


def damage(file: Path, place: int) -> None:
    raw = bytearray(file.read_bytes())
    raw[place] ^= 1
    file.write_bytes(raw)


def test_rows_that_are_written_one_by_one_come_back(tmp_path: Path) -> None:
    with ArrayWriter(NewFiles(tmp_path), "some", np.int32) as writer:
        for row in ROWS[:7].tolist():
            writer.add(row)
    some = Store(tmp_path).array("some", np.int32, 2)
    assert len(some) == 7
    assert some.tolist() == ROWS[:7].tolist()
    assert some[3, 1] == 7
    assert some[-1].tolist() == [12, 13]
    assert some[np.array([2, 0])].tolist() == [[4, 5], [0, 1]]
    assert some[1:3, 0].tolist() == [2, 4]


def test_an_array_without_rows(tmp_path: Path) -> None:
    save_array(NewFiles(tmp_path), "none", ROWS[:0])
    assert Store(tmp_path).array("none", np.int32, 2).tolist() == []


@pytest.mark.parametrize("place", [0, BLOCK - 1, BLOCK, ROWS.nbytes // 2, ROWS.nbytes - 1])
def test_a_damaged_block_is_found_by_whoever_reads_it_and_by_nobody_else(files: NewFiles, place: int) -> None:
    damage(files.folder / "large.array", place)
    row, last = place // 8, (place // BLOCK + 1) * BLOCK // 8
    for key in (row, slice(row, row + 1), np.array([0, row, row]), slice(None), (slice(None), 0)):
        with pytest.raises(
            IndexDamaged, match=rf"large\.array is damaged \(the checksum of its block {place // BLOCK} "
        ):
            Store(files.folder, files.whole).array("large", np.int32, 2)[key]
    large = Store(files.folder, files.whole).array("large", np.int32, 2)
    assert large[last:].tolist() == ROWS[last:].tolist()
    assert large[: place // BLOCK * BLOCK // 8].tolist() == ROWS[: place // BLOCK * BLOCK // 8].tolist()


def test_a_block_is_checked_once(files: NewFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    large = Store(files.folder, files.whole).array("large", np.int32, 2)
    assert large[5].tolist() == [10, 11]

    def no_checksum(data: bytes) -> int:
        raise AssertionError("it was checked before")

    monkeypatch.setattr("zlib.crc32", no_checksum)
    assert large[6].tolist() == [12, 13]
    with pytest.raises(AssertionError, match="checked before"):
        large[BLOCK]


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The blocks [first, end) that the disk is told to read, before any of them is checked."""
    spans: list[tuple[int, int]] = []
    fetch = Mapped._fetch

    def recorded(mapped: Mapped, first: int, end: int) -> None:
        spans.append((first, end))
        fetch(mapped, first, end)

    monkeypatch.setattr(Mapped, "_fetch", recorded)
    return spans


def test_the_disk_reads_what_is_asked_for_and_nothing_around_it(
    files: NewFiles, fetched: list[tuple[int, int]]
) -> None:
    large = Store(files.folder, files.whole).array("large", np.int32, 2)
    a_block = BLOCK // 8
    large[np.array([0, 1, 3 * a_block])]
    assert fetched == [(0, 1), (3, 4)]
    large[4 * a_block - 1 : 6 * a_block]
    assert fetched[2:] == [(4, 6)]
    assert large[:][-1].tolist() == ROWS[-1].tolist()
    assert fetched[3:] == [(1, BLOCKS_OF_LARGE)]


def test_what_was_read_is_not_read_again_for_being_expected(files: NewFiles, fetched: list[tuple[int, int]]) -> None:
    large = Store(files.folder, files.whole).array("large", np.int32, 2)
    a_block = BLOCK // 8
    large[:a_block]
    begin = np.array([0, a_block, 5 * a_block - 1, 5 * a_block - 1, len(ROWS) - 1])
    large.expect(begin, begin + np.array([1, 0, 2, 2, 1]))
    assert fetched == [(0, 1), (4, 6), (BLOCKS_OF_LARGE - 1, BLOCKS_OF_LARGE)]
    small = Store(files.folder, files.whole).array("small", np.int32, 2)
    small.expect(begin, begin + 1)
    assert small[0].tolist() == [0, 1]
    assert len(fetched) == 3


def test_blocks_of_other_files_are_damage(files: NewFiles) -> None:
    (files.folder / BLOCKS).write_bytes((files.folder / BLOCKS).read_bytes()[:-4])
    with pytest.raises(IndexDamaged, match=r"blocks\.bin is damaged \(it has other blocks than the files\)"):
        Store(files.folder, files.whole)
