"""A build that was ended is gone on with: what it read and encoded is neither read nor encoded again."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.articles.conversion import Converter
from retrieval.articles.corpus import Unit, UnitRead, read_unit
from retrieval.encoding.encoder import Tokens
from retrieval.errors import DiskTooSmall, IndexPartForeign
from retrieval.index.build import build
from retrieval.index.generation import Generation
from retrieval.index.journal import ENCODED, NAMES, SPLIT, Journal, is_journal
from retrieval.index.resources import Announcement, Announcer, Estimate, GoesOn, Limits, Needs
from tests.stored import stored_files
from tests.toy import PASSAGES, ToyEncoder, build_toy, toy_chosen

MADE_BY, OTHER = "a" * 64, "b" * 64
KEYS = tuple(bytes([number]) * 16 for number in range(1, 5))


class Ended(ToyEncoder):
    """Ends the build, like Ctrl-C, after some passages."""

    def __init__(self, after: int, error: BaseException | None = None) -> None:
        super().__init__()
        self._after, self._error = after, error or KeyboardInterrupt()

    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        for row, tokens in enumerate(super()._encode(texts)):
            if row == self._after:
                raise self._error
            yield tokens


def end_a_build(corpus: Path, index: Path, after: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        build_toy(corpus, index, Ended(after))


def end_another_build(index: Path) -> None:
    """End a build over an index, like Ctrl-C, when it has encoded one of two new passages."""
    corpus = Path(Generation.current(index).manifest.corpus)
    for name in ("storm", "calm"):
        (corpus / f"{name}.txt").write_text(f"There was no {name} at all, says the mayor of the town.\n", "utf-8")
    end_a_build(corpus, index, 1)


@pytest.mark.parametrize("has_index", [False, True])
def test_a_build_goes_on_where_the_one_before_was_ended(
    has_index: bool, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, encoder, read = tmp_path / "index", ToyEncoder(), list[str]()
    whole = build_toy(corpus, tmp_path / "scratch").manifest
    if has_index:
        lake = corpus / "lake.txt"
        lake.write_text("The lake of Velmora is forty metres deep, and its water is cold.\n", "utf-8")
        shutil.copytree(corpus, tmp_path / "former")
        build_toy(tmp_path / "former", index)
        lake.unlink()

    def noted(unit: Unit, converter: Converter) -> UnitRead:
        read.append(unit.source.path)
        return read_unit(unit, converter)

    if has_index:
        for name in ("storm.txt", "museum.md"):
            (corpus / name).write_text(
                f"# {name}\n\nThere was a gale. {name} tells of it. It blew all night.\n", "utf-8"
            )
        whole = build_toy(corpus, tmp_path / "scratch", rebuild=True).manifest
    end_a_build(corpus, index, 1)
    monkeypatch.setattr("retrieval.index.reading.read_unit", noted)
    report = build_toy(corpus, index, encoder)
    assert read == []
    assert len(encoder.encoded) == report.encoded == (1 if has_index else whole.counts.passages - 1)
    assert report.manifest.fingerprint == whole.fingerprint
    assert stored_files(index) == stored_files(tmp_path / "scratch")
    assert not {path.name for path in index.iterdir()} & set(NAMES)


def test_what_an_ended_build_from_scratch_has_encoded_outlives_a_build_with_nothing_to_do(
    corpus: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    whole = build_toy(corpus, index).encoded
    with pytest.raises(KeyboardInterrupt):
        build_toy(corpus, index, Ended(5), rebuild=True)
    assert build_toy(corpus, index).unchanged
    assert build_toy(corpus, index, rebuild=True).encoded == whole - 5
    assert not {path.name for path in index.iterdir()} & set(NAMES)


def test_what_a_build_has_left_that_was_killed_once_its_generation_was_there_goes_with_the_next(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    with monkeypatch.context() as patch:
        patch.setattr("retrieval.index.build.remove_journals", lambda index, unless_since: None)
        build_toy(corpus, index)
    assert {path.name for path in index.iterdir()} > set(NAMES)
    assert build_toy(corpus, index).unchanged
    assert not {path.name for path in index.iterdir()} & set(NAMES)


def test_what_changed_since_is_read_and_encoded_anew(corpus: Path, tmp_path: Path) -> None:
    index, encoder = tmp_path / "index", ToyEncoder()
    end_a_build(corpus, index, 5)
    (corpus / "bridge.md").write_text("The bridge of Velmora is closed again. Nobody knows for how long.\n", "utf-8")
    report = build_toy(corpus, index, encoder)
    assert any("closed again" in text for text in encoder.encoded)
    assert 0 < report.reused < 5
    build_toy(corpus, tmp_path / "scratch")
    assert stored_files(index) == stored_files(tmp_path / "scratch")


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_or_torn_record_is_not_taken(name: str, corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    build_toy(corpus, tmp_path / "scratch")
    end_a_build(corpus, index, 5)
    raw = (index / name).read_bytes()
    for damaged in (raw[:-3], raw[:-200] + bytes([raw[-200] ^ 1]) + raw[-199:], raw[:50], b""):
        copy = tmp_path / f"index-{len(damaged)}"
        shutil.copytree(index, copy)
        (copy / name).write_bytes(damaged)
        build_toy(corpus, copy)
        assert stored_files(copy) == stored_files(tmp_path / "scratch")
        shutil.rmtree(copy)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_the_users_own_is_refused_and_stays(name: str, corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    build_toy(corpus, index)
    (index / name).write_text("Dear Ann, this is all I have.", "utf-8")
    (corpus / "storm.txt").write_text("There was no storm at all, says the mayor of the town.\n", "utf-8")
    with pytest.raises(IndexPartForeign, match=rf"\({name} in it is somebody's own file\): move that away"):
        build_toy(corpus, index)
    assert (index / name).read_text("utf-8") == "Dear Ann, this is all I have."


def test_records_are_kept_in_order_and_read_back(tmp_path: Path) -> None:
    with Journal(tmp_path, SPLIT, MADE_BY) as journal:
        places = [journal.add(key, key * number) for number, key in enumerate(KEYS, 1)]
        assert [journal.read(place) for place in places] == [key * number for number, key in enumerate(KEYS, 1)]
        assert journal.read(places[2], 16, 4) == KEYS[2][:4]
    with Journal(tmp_path, SPLIT, MADE_BY) as journal:
        assert [journal.offset(journal.table.row(key)) for key in KEYS] == places
        assert journal.table.row(b"\0" * 16) == -1
    with Journal(tmp_path, SPLIT, OTHER) as journal:
        assert journal.former == 0
    assert is_journal(tmp_path / SPLIT)


@pytest.mark.parametrize("made_by", [MADE_BY, OTHER])
def test_what_is_written_over_a_former_record_is_read_back(made_by: str, tmp_path: Path) -> None:
    with Journal(tmp_path, SPLIT, MADE_BY) as journal:
        journal.add(KEYS[0], b"former " * 50)
    with (tmp_path / SPLIT).open("r+b") as stream:
        stream.truncate(stream.seek(0, 2) - 3)
    with Journal(tmp_path, SPLIT, made_by) as journal:
        place = journal.add(KEYS[1], b"latter " * 40)
        assert journal.read(place) == b"latter " * 40
        assert journal.read(place, 7, 7) == b"latter "


def test_a_record_that_changed_on_disk_is_an_error(tmp_path: Path) -> None:
    with Journal(tmp_path, ENCODED, MADE_BY) as journal:
        place = journal.add(KEYS[0], b"some bytes")
        assert journal.read(place) == b"some bytes"
        with (tmp_path / ENCODED).open("r+b") as stream:
            stream.seek(-3, 2)
            stream.write(b"?")
        with pytest.raises(OSError, match="encoded-passages does not read back as it was written"):
            journal.read(place)


def test_records_of_another_checksum_are_not_taken(corpus: Path, tmp_path: Path) -> None:
    """Those of an earlier version cover less: what they hold is read and encoded again."""
    index, encoder = tmp_path / "index", ToyEncoder()
    end_a_build(corpus, index, 5)
    for name in NAMES:
        raw = bytearray((index / name).read_bytes())
        begin = raw.index(b"\n") + 1
        while begin < len(raw):
            length = int.from_bytes(raw[begin + 16 : begin + 20], "little")
            payload = raw[begin + 24 : begin + 24 + length]
            raw[begin + 20 : begin + 24] = zlib.crc32(payload).to_bytes(4, "little")
            begin += 24 + length
        (index / name).write_bytes(raw)
    report = build_toy(corpus, index, encoder)
    assert (report.reused, len(encoder.encoded)) == (0, report.manifest.counts.passages)
    build_toy(corpus, tmp_path / "scratch")
    assert stored_files(index) == stored_files(tmp_path / "scratch")


def test_a_record_whose_key_changed_on_disk_is_not_taken(tmp_path: Path) -> None:
    with Journal(tmp_path, ENCODED, MADE_BY) as journal:
        places = [journal.add(key, b"some bytes") for key in KEYS]
    with (tmp_path / ENCODED).open("r+b") as stream:
        stream.seek(places[1])
        stream.write(KEYS[3][:1])
    with Journal(tmp_path, ENCODED, MADE_BY) as journal:
        assert (journal.former, journal.offset(journal.table.row(KEYS[0]))) == (1, places[0])
        assert journal.size == places[1]


@pytest.mark.parametrize(
    ("raw", "own"),
    [
        (b"", True),
        (b"quoth split", True),
        (b"quoth encoded passages " + b"a" * 20, True),
        (b"quoth split articles " + b"a" * 64 + b"\nrest", True),
        (b"quoth split articles are mine\n", False),
        (b"Dear Ann", False),
        (b"quoth", True),
    ],
)
def test_a_file_is_told_by_its_first_line(raw: bytes, own: bool, tmp_path: Path) -> None:
    (tmp_path / SPLIT).write_bytes(raw)
    assert is_journal(tmp_path / SPLIT) == own


def test_a_link_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"")
    (tmp_path / SPLIT).symlink_to(tmp_path / "elsewhere")
    assert not is_journal(tmp_path / SPLIT)


def test_a_disk_without_room_is_named_before_anything_is_encoded(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, encoder = tmp_path / "index", ToyEncoder()
    build_toy(corpus, index)
    (corpus / "lake.txt").write_text("The lake of Velmora is forty metres deep, and its water is cold.\n", "utf-8")
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    with monkeypatch.context() as patched:
        patched.setattr("retrieval.index.resources.shutil.disk_usage", lambda path: usage)
        with pytest.raises(DiskTooSmall, match=r"its disk has 1 MB free, and the build needs about 1 MB\. Free 1 MB"):
            build_toy(corpus, index, encoder)
    assert encoder.encoded == []
    assert build_toy(corpus, index).encoded == 1


def test_what_a_build_writes_is_known_before_it_encodes() -> None:
    """Of 304 articles about software, which came to 26.3 MB encoded beside a generation of 33.6 MB."""
    needs = Needs(3566, 1_491_923, 384, 0, 5_632_247)
    assert needs.disk == pytest.approx(26_267_360 + 33_595_660, rel=0.15)
    assert needs.disk_at_most == needs.disk + 5_632_247


def test_what_an_ended_build_has_encoded_is_counted(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = list[int]()
    monkeypatch.setattr("retrieval.index.build.check_disk", lambda index, disk: needed.append(disk))
    index = tmp_path / "index"
    end_a_build(corpus, index, 5)
    kept = (index / ENCODED).stat().st_size
    build_toy(corpus, index)
    fresh, resumed = needed
    assert kept > 5 * 4 * 64
    assert fresh - resumed == pytest.approx(kept, rel=0.5), "what is kept is only written once more"


def announced(corpus: Path, index: Path) -> list[Announcement]:
    announcements = list[Announcement]()
    build(corpus, index, lambda before: toy_chosen(), PASSAGES, announce=announcements.append)
    return announcements


def test_a_build_says_from_how_much_it_goes_on(corpus: Path, tmp_path: Path) -> None:
    end_a_build(corpus, tmp_path / "index", 5)
    assert announced(corpus, tmp_path / "index") == [GoesOn(5)]
    end_another_build(tmp_path / "index")
    assert announced(corpus, tmp_path / "index") == [GoesOn(1)]
    assert announced(corpus, tmp_path / "index") == []


def test_a_long_build_says_once_what_it_needs(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert announced(corpus, tmp_path / "short") == []
    monkeypatch.setattr("retrieval.index.resources.SURE", 0.0)
    monkeypatch.setattr("retrieval.index.resources.LONG", 0.0)
    (estimate,) = announced(corpus, tmp_path / "long")
    assert isinstance(estimate, Estimate)
    assert estimate.passages == Generation.current(tmp_path / "long").manifest.counts.passages - 2
    assert estimate.disk > 0


def test_what_a_build_needs_is_told_by_what_came_after_the_first_passage() -> None:
    estimates = list[Announcement]()
    announcer = Announcer(Needs(1001, 1000, 8, 0, 0), Limits(), estimates.append)
    announcer(1, 600.0)  # workers were started before
    announcer(2, 600.01)
    announcer(101, 610.0)
    announcer(102, 611.0)
    (estimate,) = estimates
    assert isinstance(estimate, Estimate)
    assert (estimate.passages, round(estimate.seconds)) == (900, 90)


def test_a_failure_with_nothing_worth_keeping_leaves_nothing(corpus: Path, tmp_path: Path) -> None:
    end_a_build(corpus, tmp_path / "index", 0)
    assert not (tmp_path / "index").exists()
