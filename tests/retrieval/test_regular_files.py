"""Small files, read whole whatever lies in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.regular_files import NotRegularError, read_regular
from tests.odd_files import KINDS, put_odd_file


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"words")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "file") == read_regular(tmp_path / "link", 5) == b"words"
    with pytest.raises(OSError, match="it is larger than 4 bytes"):
        read_regular(tmp_path / "file", 4)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_is_waited_for_or_read(kind: str, tmp_path: Path) -> None:
    put_odd_file(tmp_path / "odd", kind)
    with pytest.raises(NotRegularError, match=f"it is a {kind}"):
        read_regular(tmp_path / "odd")


def test_a_folder_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path)
