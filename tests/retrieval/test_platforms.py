"""What a system lacks is done in another way, or left out; a fault is still one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from retrieval.platforms import give_name, memory_in_use, sync_folder


def refusing(number: int) -> object:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_a_file_gets_a_second_name_or_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"words")
    give_name(file, tmp_path / "link")
    assert (tmp_path / "link").samefile(file)
    monkeypatch.setattr(os, "link", refusing(errno.ENOTSUP))
    give_name(file, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"words"
    with pytest.raises(FileExistsError):
        give_name(file, tmp_path / "copy")


def test_a_copy_that_fails_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"words")
    monkeypatch.setattr(os, "link", refusing(errno.EPERM))
    monkeypatch.setattr(os, "fsync", refusing(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        give_name(tmp_path / "file", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_folder_that_cannot_be_opened_is_a_fault_only_where_folders_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_folder(tmp_path)
    monkeypatch.setattr(os, "open", refusing(errno.EACCES))
    with pytest.raises(PermissionError):
        sync_folder(tmp_path)
    monkeypatch.delattr(os, "O_DIRECTORY")
    sync_folder(tmp_path)


def test_memory_is_known_where_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    has = memory_in_use()
    assert has is None or has > 1_000_000
    monkeypatch.delattr(os, "sysconf")
    assert memory_in_use() is None
