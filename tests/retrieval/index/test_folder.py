"""The index folder: generations beside each other, swapped in one step."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval.errors import IndexDamaged, IndexLocked, IndexNotFound, IndexNotWritable, ListForeign, NotAnIndex
from retrieval.files import NewFiles
from retrieval.index import contents, listing
from retrieval.index import folder as folders
from retrieval.index.keeping import Keep
from retrieval.remedies import BuildIndex, NameIndex, WaitForBuild
from retrieval.sealed import seal_lines
from tests.odd_files import KINDS, put_odd_file
from tests.toy import build_toy, write_corpus

BUILDS = ("builder", "lock")


def publish(index: Path, text: str, keep: Keep | None = None) -> Path:
    with folders.building(index) as folder:
        files = NewFiles(folder)
        files.write("passages.array", text.encode())
        files.write("passage-terms/vocabulary.bin", text.encode())
        return folders.publish(index, folder, manifest(text), keep)


def manifest(text: str) -> bytes:
    """What a build may write as a manifest, identified by a text."""
    keys = ("format", "created", "corpus_digest", "encoder", "passages", "counts", "files")
    return json.dumps({**dict.fromkeys(keys, 0), "text": text}).encode()


def listed(index: Path) -> list[str]:
    """The texts of the manifests that are listed."""
    return [json.loads(generation.manifest())["text"] for generation in folders.listed(index)]


def left(index: Path) -> list[str]:
    """What is in the index folder, the files of builds apart, which are empty."""
    assert [path.stat().st_size for path in index.iterdir() if path.name in BUILDS] == [0, 0]
    return sorted(path.name for path in index.iterdir() if path.name not in BUILDS)


def test_the_last_published_generation_is_current(tmp_path: Path) -> None:
    for text in ("one", "two", "three", "four"):
        target = publish(tmp_path, text)
        assert folders.current(tmp_path) == (target, manifest(text))
        assert (target / "passage-terms" / "vocabulary.bin").read_text("utf-8") == text
    assert [folder.name for folder in folders.generations(tmp_path)] == ["000003", "000004"]
    assert left(tmp_path) == ["CURRENT", "generations"]
    now, before, _ = (tmp_path / "CURRENT").read_text().splitlines()
    assert now == f"000004 {hashlib.sha256(manifest('four')).hexdigest()}"
    assert re.fullmatch(
        rf"000003 {hashlib.sha256(manifest('three')).hexdigest()} \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", before
    )


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    publish(tmp_path, "one")

    def fail(error: type[BaseException]) -> None:
        with folders.building(tmp_path) as folder:
            (folder / "texts.bin").write_text("half")
            raise error

    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error):
            fail(error)
        assert left(tmp_path) == ["CURRENT", "generations"]
    assert folders.current(tmp_path)[1] == manifest("one")


def test_what_a_killed_build_left_is_cleared(tmp_path: Path) -> None:
    first, second = publish(tmp_path, "one"), publish(tmp_path, "two")
    stale = tmp_path / "building-0123456789abcdef"
    stale.mkdir()
    (stale / "texts.bin").write_bytes(b"half")
    # Killed between the rename and the swap: a generation that never was current.
    orphan = tmp_path / "generations" / "000003"
    orphan.mkdir()
    (orphan / "manifest.json").write_bytes(b"orphan")
    (tmp_path / "CURRENT-0123456789abcdef").write_bytes(b"00000")
    named = f"{stale.name}\ngenerations/000003\ngenerations/000001\nCURRENT-0123456789abcdef\n"
    (tmp_path / "builder").write_text(f"process 1, since 12:00:00 UTC\n{named}building-01234")
    with folders.building(tmp_path):
        assert not stale.exists()
        assert not orphan.exists()
        assert folders.generations(tmp_path) == [first, second]
    third = publish(tmp_path, "three")
    assert folders.current(tmp_path) == (third, manifest("three"))
    assert folders.generations(tmp_path) == [second, third], "the generation before stays, not the one never current"
    assert left(tmp_path) == ["CURRENT", "generations"]


def fails(index: Path, work: Callable[[Path], object], error: type[BaseException] = RuntimeError) -> None:
    """Do the work of a build that fails then."""

    def build() -> None:
        with folders.building(index) as folder:
            work(folder)
            raise error

    with pytest.raises(error):
        build()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize(
    "before", [(), ("there",), ("there", "there/index"), ("there", "there/index", "lock", "builder")]
)
def test_a_first_build_that_fails_leaves_nothing(
    before: tuple[str, ...], error: type[BaseException], tmp_path: Path
) -> None:
    index = tmp_path / "there" / "index"
    for name in before:
        (index / name).touch() if name in BUILDS else (tmp_path / name).mkdir()
    listing_before = sorted(tmp_path.rglob("*"))
    fails(index, lambda folder: (folder / "texts.bin").write_bytes(b"half"), error)
    assert sorted(tmp_path.rglob("*")) == listing_before


def test_a_publication_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "_list", full)
    with pytest.raises(IndexNotWritable, match="No space left on device"):
        publish(tmp_path / "index", "one")
    assert not list(tmp_path.iterdir())


def test_what_others_put_into_the_folder_of_a_build_that_fails_stays(tmp_path: Path) -> None:
    index = tmp_path / "index"
    fails(index, lambda folder: (index / "letter.txt").write_text("my own"))
    assert [path.name for path in index.iterdir()] == ["letter.txt"]


def test_a_build_of_an_index_that_fails_leaves_it(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    fails(tmp_path, lambda folder: None)
    assert listed(tmp_path) == ["one"]
    assert left(tmp_path) == ["CURRENT", "generations"]


def test_a_build_that_waits_goes_on_where_the_first_one_fails(tmp_path: Path) -> None:
    entered, outcomes = threading.Event(), list[Path]()

    def other() -> None:
        entered.set()
        with folders.building(tmp_path / "index", wait=True) as folder:
            outcomes.append(folders.publish(tmp_path / "index", folder, manifest("other")))

    thread = threading.Thread(target=other)

    def begin(folder: Path) -> None:
        thread.start()
        assert entered.wait(10)

    fails(tmp_path / "index", begin)
    thread.join(10)
    assert folders.generations(tmp_path / "index") == outcomes


def test_one_build_at_a_time(tmp_path: Path) -> None:
    with folders.building(tmp_path):
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
        assert str(caught[0]).endswith(f"is writing the index {tmp_path}: wait for it to finish.")
        assert caught[0].remedies == (WaitForBuild(),)
    publish(tmp_path, "after")


def test_a_build_may_wait_for_the_other(tmp_path: Path) -> None:
    entered, order = threading.Event(), list[str]()

    def other() -> None:
        entered.set()
        with folders.building(tmp_path, wait=True):
            order.append("other")

    with folders.building(tmp_path):
        thread = threading.Thread(target=other)
        thread.start()
        assert entered.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "other"]


def test_what_the_other_build_removes_meanwhile_is_in_nobodys_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "listdir", lambda folder: ["lock"])
    assert contents.obstacle(tmp_path) is None
    (tmp_path / "lock").write_text("somebody's own")
    assert contents.obstacle(tmp_path) is not None


def test_no_index(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for index in (tmp_path / "none", tmp_path / "empty"):
        with pytest.raises(IndexNotFound, match=rf"^There is no index at {index}: build one\.$") as caught:
            folders.current(index)
        assert caught.value.remedies == (BuildIndex(index, None),)
        assert folders.generations(index) == []


def test_where_no_index_can_be_the_remedy_names_another_place(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "CURRENT").write_text("Current affairs.")
    (articles / "a.md").write_text("")
    (articles / "a.bin").write_text("")
    (tmp_path / "articles.index").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    file, below = articles / "a.md", articles / "a.md" / "b"
    for index, instead, corpus, place in (
        (articles, "it holds 'CURRENT', 'a.bin', 'a.md'", articles, tmp_path / "articles-2.index"),
        (file, "it is a file", file, f"{file}.index"),
        (articles / "a.bin", "it is a file", None, articles / "a.bin.index"),
        (below, "it lies below a file", None, f"{file}.index"),
        (tmp_path / "link", "it is a link that leads nowhere", None, tmp_path / "link.index"),
    ):
        with pytest.raises(IndexNotFound) as caught:
            folders.current(index)
        remedy = "name an index folder, or build one"
        assert str(caught.value) == f"{index} is not an index ({instead}): {remedy}."
        assert caught.value.remedies == (NameIndex(), BuildIndex(Path(place), None if corpus is None else str(corpus)))


def test_no_index_is_built_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("It came.")
    for index, what in ((file, "is a file"), (file / "b", "lies below a file")):
        with pytest.raises(NotAnIndex) as caught:
            publish(index, "one")
        assert str(caught.value) == f"{index} {what}, so no index can be built there: name an empty or new folder."
    assert file.read_text() == "It came."


def test_a_device_is_neither_a_corpus_nor_a_place_for_an_index() -> None:
    with pytest.raises(IndexNotFound) as caught:
        folders.current(Path("/dev/null"))
    (remedy,) = [remedy for remedy in caught.value.remedies if isinstance(remedy, BuildIndex)]
    assert remedy.corpus is None
    assert remedy.index.name == "null.index"
    assert remedy.index.parent != Path("/dev")


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", b"000001", b"000001 abc", b"000001 " + b"0" * 64, b"\0" * 80, b"000001 ab\0\0", b"0"],
)
def test_a_pointer_that_is_garbage_is_damaged(raw: bytes, tmp_path: Path) -> None:
    publish(tmp_path, "one")
    (tmp_path / "CURRENT").write_bytes(raw)
    with pytest.raises(IndexDamaged, match=r"(CURRENT|manifest\.json) is damaged"):
        folders.current(tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"my own notes\n", b"../../etc " + b"0" * 64, b"\xff\xfe", b"000001  " + b"0" * 63, b"MANIFEST-000001\n", b"42",
        b"202311 notes\n202312 more\n", b"0" * 64 + b"\n" + b"1" * 64 + b"\n", b"0" * 64 + b"  a.txt\n", b"00x", b"1\n",
        b"0" * 128 + b"  a.txt\n",
    ],
)  # fmt: skip
def test_a_file_of_the_list_s_name_that_is_somebody_s_own_is_left(raw: bytes, tmp_path: Path) -> None:
    index = tmp_path / "index"
    publish(index, "one")
    listed = (index / "CURRENT").read_bytes()
    (index / "CURRENT").write_bytes(raw)
    sentence = (
        f"The file {index}/CURRENT is no list of generations that quoth wrote (no line of it names one), so it is left "
        f"as it is: move it away, then build the index again."
    )
    for use in (folders.current, lambda index: publish(index, "two")):
        with pytest.raises(ListForeign) as caught:
            use(index)
        assert str(caught.value) == sentence
        assert caught.value.remedies == (BuildIndex(index, None),)
    assert folders.is_index(index)
    assert (index / "CURRENT").read_bytes() == raw
    assert left(index) == ["CURRENT", "generations"]
    (index / "CURRENT").unlink()
    publish(index, "two")
    assert listed != (index / "CURRENT").read_bytes()


@pytest.mark.parametrize(
    ("target", "reason"), [("nowhere", "it is a link that leads nowhere"), ("own", "no line of it names one")]
)
def test_a_link_of_the_list_s_name_that_is_somebody_s_own_is_left(target: str, reason: str, tmp_path: Path) -> None:
    index = tmp_path / "index"
    publish(index, "one")
    (tmp_path / "own").write_text("my own")
    (index / "CURRENT").unlink()
    (index / "CURRENT").symlink_to(tmp_path / target)
    with pytest.raises(ListForeign, match=reason):
        publish(index, "two")
    assert (index / "CURRENT").is_symlink()


def test_a_folder_in_the_list_s_place_is_left(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    (tmp_path / "CURRENT").unlink()
    place_files(tmp_path, ("CURRENT/mine.txt",))
    with pytest.raises(ListForeign, match=r"CURRENT is no list of generations that quoth wrote \(Is a directory\)"):
        publish(tmp_path, "two")
    assert (tmp_path / "CURRENT" / "mine.txt").is_file()


def test_every_damaged_list_is_known_as_one(tmp_path: Path) -> None:
    for builds in range(1, 4):
        publish(tmp_path, f"generation {builds}", Keep(5))
        raw = (tmp_path / "CURRENT").read_bytes()
        flips = (raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :] for at in range(len(raw)) for bit in range(8))
        cuts = (raw[:length] for length in range(len(raw)))
        zeroed = (raw[:length] + b"\0" * (len(raw) - length) for length in range(len(raw)))
        for damaged in (*flips, *cuts, *zeroed, raw + b"\n", b"\n" + raw, b"x" + raw, raw + b"x", raw + raw):
            assert listing.is_list(damaged), damaged


def test_a_pointer_to_another_manifest_is_damaged(tmp_path: Path) -> None:
    target = publish(tmp_path, "one")
    (target / "manifest.json").write_text("One")
    with pytest.raises(IndexDamaged, match=r"manifest\.json is damaged \(its checksum differs\)"):
        folders.current(tmp_path)
    (target / "manifest.json").unlink()
    with pytest.raises(IndexDamaged, match=r"manifest\.json is damaged \(No such file or directory\)"):
        folders.current(tmp_path)


def test_an_index_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", deny)
    index = tmp_path / "index"
    with pytest.raises(
        IndexNotWritable, match=rf"^The index folder {index} cannot be written \(Permission denied\): ma"
    ):
        publish(index, "one")


def test_a_fault_while_writing_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexNotWritable, match=r"No space left on device"), folders.building(tmp_path):
        raise OSError(28, "No space left on device")


def snapshot(folder: Path) -> dict[str, bytes | str | None]:
    """Everything below a folder: bytes of files, targets of links, None for folders."""
    contents: dict[str, bytes | str | None] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        contents[name] = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return contents


OWN = (
    "building-site/plan.txt", "building-site/building-empty/", "building-/x.txt", "building-0123456789abcdef/texts.bin",
    "generations/2024/photos.txt", "generations/000009/texts.bin", "generations/000009/manifest.json",
    "generations/999999/manifest.json", "generations/1000000/", "generations/000002/notes.txt",
    "generations/000002/passage-terms/notes.txt", "generations/notes.txt", "CURRENT-site", "CURRENT.new",
    "CURRENT-0123456789abcdef", "articles/a.txt", "notes.txt",
)  # fmt: skip
"""What somebody may put into an index's folder; empty folders end in a slash."""


def place_files(folder: Path, names: tuple[str, ...]) -> dict[str, bytes | str | None]:
    """Put these into a folder, with what they hold."""
    for name in names:
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"my own {name}", "utf-8")
    return {name.rstrip("/"): None if name.endswith("/") else f"my own {name}".encode() for name in names}


def test_nothing_is_removed_that_no_build_made(tmp_path: Path) -> None:
    for text in ("one", "two"):
        publish(tmp_path, text)
    own = place_files(tmp_path, OWN)
    shutil.copytree(tmp_path / "generations" / "000001", tmp_path / "generations" / "000005")
    for text in ("three", "four", "five", "six"):
        target = publish(tmp_path, text)
        assert folders.current(tmp_path) == (target, manifest(text))
    contents = snapshot(tmp_path)
    assert own.items() <= contents.items()
    assert contents["generations/000005/manifest.json"] == manifest("one"), (
        "a copy of a generation is a copy of the user's"
    )
    assert [folder.name for folder in folders.generations(tmp_path)] == ["000006", "000007"]
    assert set(contents) - set(own) == {
        *(str(Path(name).parent) for name in own if "/" in name),
        *(f"generations/{name}" for name in ("000005", "000006", "000007")),
        *(f"generations/{name}/{file}" for name in ("000005", "000006", "000007") for file in
          ("manifest.json", "passages.array", "passage-terms", "passage-terms/vocabulary.bin")),
        "CURRENT", "builder", "lock", "generations",
    }  # fmt: skip


def test_what_somebody_put_beside_a_killed_build_stays(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    folder = tmp_path / "building-0123456789abcdef"
    own = place_files(
        tmp_path, (f"{folder.name}/notes.txt", "generations/000007/manifest.json", "generations/000001/a/b.txt")
    )
    (folder / "texts.bin").write_bytes(b"half")
    (tmp_path / "builder").write_text(f"process 1, since 12:00:00 UTC\n{folder.name}\n")
    for text in ("two", "three"):
        publish(tmp_path, text)
    assert own.items() <= snapshot(tmp_path).items()
    assert not (folder / "texts.bin").exists()
    assert snapshot(tmp_path / "generations" / "000001") == {"a": None, "a/b.txt": own["generations/000001/a/b.txt"]}


@pytest.mark.parametrize(
    "content",
    [
        "process notes of mine\n", "p", "pro", "process 1\n", "process 1, since 12:00:00 UTC\nnotes\n",
        "process 1, since 12:00:00 UTC\n../notes\nbuilding-0123456789abcdef\n", "process 1, since 12:00:00 UTC\nnotes",
        "process 1, since 12:00:00 UTC\r\nbuilding-0123456789abcdef\r\n", "\n", "é",
    ],
)  # fmt: skip
def test_a_builder_that_no_build_wrote_is_left(content: str, tmp_path: Path) -> None:
    index = tmp_path / "index"
    publish(index, "one")
    (index / "building-0123456789abcdef").mkdir()
    (index / "building-0123456789abcdef" / "texts.bin").write_text("my own")
    for folder in (index, tmp_path / "own"):
        folder.mkdir(exist_ok=True)
        (folder / "builder").write_bytes(content.encode())
        before = snapshot(folder)
        with pytest.raises((IndexNotWritable, NotAnIndex), match=r"(builder in it is somebody's own file|'builder')"):
            publish(folder, "two")
        assert snapshot(folder) == before


def test_an_empty_builder_is_empty_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "builder").touch()
    inode = (tmp_path / "builder").stat().st_ino
    for text in ("one", "two"):
        publish(tmp_path, text)
        about = (tmp_path / "builder").stat()
        assert (about.st_ino, about.st_size) == (inode, 0)


@pytest.mark.parametrize(
    "named", ["", "building-", "building-0123456789abcdef", "building-0123456789abcdef\ngenerations/0000", None]
)
def test_a_builder_that_was_cut_is_known(named: str | None, tmp_path: Path) -> None:
    publish(tmp_path, "one")
    first = "process 1, since 12:00:00 UTC"
    (tmp_path / "builder").write_text(first if named is None else f"{first}\n{named}")
    publish(tmp_path, "two")
    assert left(tmp_path) == ["CURRENT", "generations"]


def test_no_flipped_bit_of_the_list_loses_a_generation(tmp_path: Path) -> None:
    for text in ("one", "two", "three"):
        publish(tmp_path, text, Keep(5))
    raw, generations = (tmp_path / "CURRENT").read_bytes(), folders.listed(tmp_path)
    for place in range(len(raw)):
        (tmp_path / "CURRENT").write_bytes(raw[:place] + bytes([raw[place] ^ 1 << place % 7]) + raw[place + 1 :])
        try:
            assert folders.listed(tmp_path) == generations, place
        except IndexDamaged:
            continue
    (tmp_path / "CURRENT").write_bytes(raw.replace(b" 20", b" 10"))
    with pytest.raises(IndexDamaged, match=r"CURRENT is damaged \(its checksum differs\): build the index again"):
        folders.current(tmp_path)
    publish(tmp_path, "four", Keep(5))
    assert [generation.manifest() for generation in folders.listed(tmp_path)] == [
        manifest(text) for text in ("four", "three", "two", "one")
    ]
    (tmp_path / "CURRENT").write_bytes((tmp_path / "CURRENT").read_bytes().replace(b"000002", b"000009"))
    publish(tmp_path, "five", Keep(5))
    assert [generation.manifest() for generation in folders.listed(tmp_path)] == [
        manifest(text) for text in ("five", "four", "three", "one")
    ]


@pytest.mark.parametrize("builds", [1, 3])
def test_no_byte_of_the_list_is_changed_cut_or_added_unnoticed(builds: int, tmp_path: Path) -> None:
    for number in range(builds):
        publish(tmp_path, f"generation {number}", Keep(5))
    file, manifests = tmp_path / "CURRENT", [manifest(f"generation {number}") for number in reversed(range(builds))]
    raw = file.read_bytes()
    flipped = (raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :] for at in range(len(raw)) for bit in range(8))
    cut = (raw[:length] for length in range(len(raw)))
    added = [raw + b"\n", b"\n" + raw, raw + b" ", raw + raw, raw.replace(b"\n", b"\r\n"), raw.replace(b"\n", b"\r")]
    for bad in (*flipped, *cut, *added):
        file.write_bytes(bad)
        with pytest.raises(IndexDamaged, match=r"CURRENT is damaged \("):
            folders.listed(tmp_path)
    file.write_bytes(raw.replace(b"\n", b"\r\n"))
    publish(tmp_path, "next", Keep(5))
    assert [generation.manifest() for generation in folders.listed(tmp_path)] == [manifest("next"), *manifests], (
        "the lines still match their manifests"
    )


def test_a_lock_that_is_no_lock_is_left(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    (tmp_path / "lock").write_text("my own")
    with pytest.raises(IndexNotWritable, match=r"\(lock in it is somebody's own file\)"):
        publish(tmp_path, "two")
    assert (tmp_path / "lock").read_text() == "my own"


@pytest.mark.parametrize("name", ["lock", "generations", "builder", "building-0123456789abcdef", "CURRENT"])
def test_nothing_is_removed_or_written_through_a_link(name: str, tmp_path: Path) -> None:
    index, own = tmp_path / "index", tmp_path / "own"
    publish(index, "one")
    folder = index / "generations" if name == "generations" else None
    if folder:
        shutil.move(folder, own / "generations")
        target = own / "generations"
    else:
        target = own / "thing"
        place_files(own, ("thing/texts.bin", "thing/manifest.json") if name.startswith("building") else ("thing",))
    if name == "CURRENT":
        shutil.copy(index / name, target)
    (index / name).unlink(missing_ok=True)
    (index / name).symlink_to(target)
    if name.startswith("building"):
        (index / "builder").write_text(f"process 1, since 12:00:00 UTC\n{name}\n")
    before = snapshot(own)
    if name in ("CURRENT", "building-0123456789abcdef"):
        publish(index, "two")
    else:
        with pytest.raises(IndexNotWritable, match=rf"\({name} in it is "):
            publish(index, "two")
    assert snapshot(own) == before


def test_links_within_a_generation_are_not_followed(tmp_path: Path) -> None:
    index, own = tmp_path / "index", tmp_path / "own"
    first = publish(index, "one")
    place_files(own, ("vocabulary.bin", "texts.bin"))
    shutil.rmtree(first / "passage-terms")
    (first / "passage-terms").symlink_to(own)
    (first / "texts.bin").symlink_to(own / "texts.bin")
    before = snapshot(own)
    for text in ("two", "three"):
        publish(index, text)
    assert snapshot(own) == before
    assert [path.name for path in first.iterdir()] == ["passage-terms"]


@pytest.mark.parametrize(
    ("names", "listing"),
    [
        (("notes.txt",), "'notes.txt'"),
        (("b.txt", "a.txt", "lock"), "'a.txt', 'b.txt', 'lock'"),
        (("building-site/", "c", "d", "e", "f"), "'building-site', 'c', 'd', and 2 more"),
        ((".git/", "generations/2024/"), "'.git', 'generations'"),
        (("CURRENT", "MANIFEST-000001"), "'CURRENT', 'MANIFEST-000001'"),
        (("builder",), "'builder'"),
        (("CURRENT", "generations/1/passages.array"), "'CURRENT', 'generations'"),
        (
            ("CURRENT", "generations/000001/passages.array", "generations/000001/manifest.json"),
            "'CURRENT', 'generations'",
        ),
        (("calibration.json",), "'calibration.json'"),
    ],
)
def test_a_folder_in_use_for_something_else_is_refused(names: tuple[str, ...], listing: str, tmp_path: Path) -> None:
    index = tmp_path / "own"
    place_files(index, names)
    before = snapshot(index)
    with pytest.raises(NotAnIndex) as caught:
        publish(index, "one")
    remedy = "so nothing is written to it: name an empty or new folder."
    assert str(caught.value) == f"The folder {index} is not an index and is not empty (it holds {listing}), {remedy}"
    assert caught.value.remedies == (NameIndex(),)
    assert snapshot(index) == before


def test_an_index_is_known_whatever_state_it_is_in(tmp_path: Path) -> None:
    real = build_toy(write_corpus(tmp_path / "corpus"), tmp_path / "old").manifest.dump()
    old = f"000001 {hashlib.sha256(real).hexdigest()}\n"
    for state, content in (("as an earlier quoth wrote it", old), ("damaged", "00"), ("gone", None)):
        index = tmp_path / state
        shutil.copytree(tmp_path / "old", index)
        place_files(index, ("notes.txt",))
        (index / "CURRENT").unlink()
        if content is not None:
            (index / "CURRENT").write_text(content)
        publish(index, "two")
        assert folders.current(index)[1] == manifest("two"), state
        assert len(folders.generations(index)) == 1 + (content == old)
    outdated = tmp_path / "outdated" / "generations" / "000001" / "manifest.json"
    outdated.parent.mkdir(parents=True)
    outdated.write_bytes(real.replace(b'"format": 2', b'"format": 1'))
    publish(tmp_path / "outdated", "two")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "CURRENT")
    with pytest.raises(NotAnIndex, match=r"it holds 'CURRENT'\)"):
        publish(tmp_path, "one")
    (tmp_path / "generations" / "000001").mkdir(parents=True)
    os.mkfifo(tmp_path / "generations" / "000001" / "manifest.json")
    assert not folders.is_index(tmp_path)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["CURRENT", "builder", "lock", "generations/000001/manifest.json"])
def test_what_is_no_regular_file_is_neither_waited_for_nor_read(name: str, kind: str, tmp_path: Path) -> None:
    index = tmp_path / "index"
    publish(index, "one")
    publish(index, "two")
    put_odd_file(index / name, kind)
    assert folders.is_index(index)
    if name == "CURRENT":
        with pytest.raises(IndexDamaged, match=rf"CURRENT .*\(it is a {kind}\)"):
            folders.listed(index)
    elif name.endswith("manifest.json"):
        with pytest.raises(IndexDamaged, match=rf"manifest\.json is damaged \(it is a {kind}\)"):
            folders.listed(index)[1].manifest()
        publish(index, "three")
    else:
        with pytest.raises(IndexNotWritable, match=rf"\({name} in it is "):
            publish(index, "three")


def test_a_first_build_that_was_killed_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b"")
    (tmp_path / "building-0123456789abcdef").mkdir()
    (tmp_path / "generations" / "000001").mkdir(parents=True)
    named = "building-0123456789abcdef\ngenerations/000001\n"
    (tmp_path / "builder").write_text(f"process 1, since 12:00:00 UTC\n{named}")
    publish(tmp_path, "one")
    assert left(tmp_path) == ["CURRENT", "generations"]
    assert [path.name for path in (tmp_path / "generations").iterdir()] == ["000001"]


def test_former_generations_are_kept_as_long_as_asked(tmp_path: Path) -> None:
    for number in range(4):
        publish(tmp_path, str(number), Keep(2))
    assert [folder.name for folder in folders.generations(tmp_path)] == ["000002", "000003", "000004"]
    publish(tmp_path, "4", Keep(0, days=1))
    assert len(folders.generations(tmp_path)) == 4, "each was replaced today"
    now, *before, _ = (tmp_path / "CURRENT").read_text().splitlines()
    lines = [now, *(f"{line.rpartition(' ')[0]} 2024-05-06T07:08:0{row}+00:00" for row, line in enumerate(before))]
    (tmp_path / "CURRENT").write_bytes(seal_lines(lines))
    with folders.building(tmp_path):
        folders.tidy(tmp_path, Keep(2, days=1))
    assert [folder.name for folder in folders.generations(tmp_path)] == ["000003", "000004", "000005"]
    shutil.rmtree(tmp_path / "generations" / "000004")
    with folders.building(tmp_path):
        folders.tidy(tmp_path, Keep(2))
    assert [generation.folder.name for generation in folders.listed(tmp_path)] == ["000005", "000003"], (
        "what is gone is not listed"
    )
    publish(tmp_path, "5", Keep(0))
    assert [path.name for path in (tmp_path / "generations").iterdir()] == ["000006"]
