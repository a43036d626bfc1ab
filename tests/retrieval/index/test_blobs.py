"""Byte records in one file, each with its checksum."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import IndexDamaged
from retrieval.files import NewFiles
from retrieval.index.blobs import Blobs, BlobWriter
from retrieval.index.store import Store

records = st.lists(st.binary(max_size=40), max_size=12)


def write_all(files: NewFiles, name: str, written: Iterable[bytes]) -> None:
    """Write the records as one blob file."""
    with BlobWriter(files, name) as writer:
        for record in written:
            writer.add(record)


@settings(max_examples=40, deadline=None)
@given(written=records)
def test_records_come_back(written: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_all(NewFiles(Path(folder)), "some", written)
        blobs = Blobs(Store(Path(folder)), "some")
        assert [blobs[row] for row in range(len(blobs))] == written
        whole = b"".join(written)
        assert blobs.bytes[:] == whole
        for row, record in enumerate(written):
            assert whole[blobs.start(row) : blobs.start(row) + len(record)] == record
            for offset in range(blobs.start(row), blobs.start(row) + len(record)):
                assert blobs.row_at(offset) == row


@settings(max_examples=40, deadline=None)
@given(written=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6), data=st.data())
def test_a_flipped_bit_is_found_in_its_record_alone(written: list[bytes], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_all(NewFiles(Path(folder)), "some", written)
        file = Path(folder, "some.bin")
        raw = bytearray(file.read_bytes())
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] ^= 1 << data.draw(st.integers(0, 7))
        file.write_bytes(raw)
        blobs = Blobs(Store(Path(folder)), "some")
        for row, record in enumerate(written):
            if row == blobs.row_at(place):
                with pytest.raises(IndexDamaged, match=rf"some\.bin is damaged \(the checksum of record {row} differs"):
                    blobs[row]
            else:
                assert blobs[row] == record


def test_records_without_bytes(tmp_path: Path) -> None:
    write_all(NewFiles(tmp_path), "none", [])
    assert len(Blobs(Store(tmp_path), "none")) == 0
    write_all(NewFiles(tmp_path), "empty", [b"", b"x", b""])
    blobs = Blobs(Store(tmp_path), "empty")
    assert [blobs[row] for row in range(3)] == [b"", b"x", b""]
    assert blobs.row_at(0) == 1
    write_all(NewFiles(tmp_path), "all", [b"", b""])
    assert [Blobs(Store(tmp_path), "all")[row] for row in range(2)] == [b"", b""]


def test_what_a_writer_that_failed_leaves_counts_as_no_file(tmp_path: Path) -> None:
    files = NewFiles(tmp_path)

    def fail() -> None:
        with BlobWriter(files, "some") as writer:
            writer.add(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not files.whole
