"""The index folder: generations beside each other, swapped in one step."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from retrieval import store
from retrieval.errors import IndexDamaged, IndexLocked, IndexNotFound, IndexNotWritable


def publish(index: Path, said: str) -> Path:
    with store.building(index) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "file").write_text(said, "utf-8")
        return store.publish(index, folder, said.encode())


def left(index: Path) -> list[str]:
    """What is in the index folder, the lock's file apart."""
    return sorted(path.name for path in index.iterdir() if path.name != "lock")


def test_the_last_published_generation_is_current(tmp_path: Path) -> None:
    for said in ("one", "two", "three", "four"):
        target = publish(tmp_path, said)
        assert store.current(tmp_path) == (target, said.encode())
        assert (target / "sub" / "file").read_text("utf-8") == said
    assert [folder.name for folder in store.generations(tmp_path)] == ["000003", "000004"]
    assert left(tmp_path) == ["CURRENT", "generations"]
    assert (tmp_path / "CURRENT").read_text() == f"000004 {hashlib.sha256(b'four').hexdigest()}\n"


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    publish(tmp_path, "one")

    def fail(error: type[BaseException]) -> None:
        with store.building(tmp_path) as folder:
            (folder / "half").write_text("half")
            raise error

    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error):
            fail(error)
        assert left(tmp_path) == ["CURRENT", "generations"]
    assert store.current(tmp_path)[1] == b"one"


def test_what_a_killed_build_left_is_cleared(tmp_path: Path) -> None:
    first, second = publish(tmp_path, "one"), publish(tmp_path, "two")
    stale = tmp_path / "building-killed"
    stale.mkdir()
    (stale / "texts.bin").write_bytes(b"half")
    # Killed between the rename and the swap: a generation that never was current.
    orphan = tmp_path / "generations" / "000003"
    orphan.mkdir()
    (orphan / "manifest.json").write_bytes(b"orphan")
    (tmp_path / "builder").write_text("process 1")
    with store.building(tmp_path):
        assert not stale.exists()
        assert not orphan.exists()
        assert store.generations(tmp_path) == [first, second]
    third = publish(tmp_path, "three")
    assert store.current(tmp_path) == (third, b"three")
    assert store.generations(tmp_path) == [second, third], "the generation before stays, not the one never current"
    assert left(tmp_path) == ["CURRENT", "generations"]


def test_one_build_at_a_time(tmp_path: Path) -> None:
    with store.building(tmp_path):
        caught = list[IndexLocked]()

        def other() -> None:
            try:
                publish(tmp_path, "other")
            except IndexLocked as error:
                caught.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert [error.path for error in caught] == [tmp_path]
        assert caught[0].owner.startswith("process ")
        assert str(caught[0]).endswith(f"is writing the index {tmp_path}: wait for it, or pass --wait.")
    publish(tmp_path, "after")


def test_a_build_may_wait_for_the_other(tmp_path: Path) -> None:
    entered, order = threading.Event(), list[str]()

    def other() -> None:
        entered.set()
        with store.building(tmp_path, wait=True):
            order.append("other")

    with store.building(tmp_path):
        thread = threading.Thread(target=other)
        thread.start()
        assert entered.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "other"]


def test_no_index(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for index in (tmp_path / "none", tmp_path / "file", tmp_path):
        with pytest.raises(IndexNotFound, match=rf"^There is no index at {index}: build one with `quoth index FOLDER"):
            store.current(index)
    assert store.generations(tmp_path / "none") == []


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", b"000001", b"000001 abc", b"../../etc " + b"0" * 64, b"\xff\xfe", b"000001  " + b"0" * 63, b"\0" * 80],
)
def test_a_pointer_that_is_garbage_is_damaged(raw: bytes, tmp_path: Path) -> None:
    publish(tmp_path, "one")
    (tmp_path / "CURRENT").write_bytes(raw)
    with pytest.raises(IndexDamaged, match=r"(CURRENT|manifest\.json) is damaged"):
        store.current(tmp_path)


def test_a_pointer_to_another_manifest_is_damaged(tmp_path: Path) -> None:
    target = publish(tmp_path, "one")
    (target / "manifest.json").write_text("One")
    with pytest.raises(IndexDamaged, match=r"manifest\.json is damaged \(its checksum differs\)"):
        store.current(tmp_path)
    (target / "manifest.json").unlink()
    with pytest.raises(IndexDamaged, match=r"manifest\.json is damaged \(it cannot be read\)"):
        store.current(tmp_path)


def test_an_index_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for index in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(IndexNotWritable, match=rf"^The index folder {index} cannot be written \(.*\): make it"):
            publish(index, "one")


def test_a_fault_while_writing_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexNotWritable, match=r"No space left on device"), store.building(tmp_path):
        raise OSError(28, "No space left on device")
