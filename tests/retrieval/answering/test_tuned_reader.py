"""The tuned reader of an index: kept whole, replaced in one step, taken away, and nobody else's file with it."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from retrieval import files
from retrieval.answering import tuned_reader
from retrieval.answering.reader import BUILT_IN_FOLDER, CARD, DEQUANTISED, MODEL
from retrieval.answering.tuned_reader import FILE, FigureChange, Tuning, digest_in_force, folder_in_force
from retrieval.errors import IndexNotFound, InputInvalid, TunedReaderUnusable
from retrieval.index.contents import READER_FOLDER, is_own
from tests.toy import build_toy, write_corpus

TUNING = Tuning(
    base="0123456789ab",
    gold="gold.jsonl",
    gold_sha256="f" * 64,
    fingerprint="0123456789ab",
    answerable=40,
    unanswerable=2,
    feedback=3,
    folds=5,
    epochs=3,
    figures=(FigureChange("quotes P@1", 0.5, 0.75, 0.1, 0.4, 0.001, 40),),
    version="0.1.0",
    made="2025-01-31T12:00:00+00:00",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build_toy(write_corpus(folder / "articles"), folder / "index")
    return folder / "index"


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "index")
    return tmp_path / "index"


def exported(folder: Path, weights: bytes = b"weights") -> Path:
    """What an export leaves: a file of weights, a second graph that reads them, and their card."""
    folder.mkdir()
    (folder / MODEL).write_bytes(weights)
    (folder / DEQUANTISED).write_bytes(b"graph")
    digests = {name: files.file_digest(folder / name) for name in (MODEL, DEQUANTISED)}
    card = {"languages": ["en"], "files": digests, "tuning": asdict(TUNING)}
    (folder / CARD).write_text(json.dumps(card))
    return folder


def folders(index: Path) -> list[str]:
    return sorted(path.name for path in index.iterdir() if READER_FOLDER.fullmatch(path.name))


def test_it_is_kept_and_read_back(index: Path, tmp_path: Path) -> None:
    assert tuned_reader.read(index) is None
    assert folder_in_force("auto", index) == BUILT_IN_FOLDER
    kept = tuned_reader.write(index, exported(tmp_path / "new"))
    assert kept == tuned_reader.read(index)
    assert kept.tuning == TUNING
    assert kept.digest == files.file_digest(kept.folder / MODEL)[:12]
    assert folder_in_force("auto", index) == kept.folder
    assert folder_in_force("built-in", index) == BUILT_IN_FOLDER
    assert all(is_own(name) for name in (FILE, tuned_reader.LOCK, kept.folder.name))


def test_another_takes_its_place_and_leaves_nothing_of_it(index: Path, tmp_path: Path) -> None:
    tuned_reader.write(index, exported(tmp_path / "first"))
    second = tuned_reader.write(index, exported(tmp_path / "second", b"other weights"))
    assert folders(index) == [second.folder.name]
    assert tuned_reader.remove(index)
    assert not tuned_reader.remove(index)
    assert folders(index) == []
    assert not (index / FILE).exists()


def test_a_writer_that_dies_leaves_the_reader_before_and_the_next_one_clears_up(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tuned_reader.write(index, exported(tmp_path / "first"))
    with monkeypatch.context() as patch:

        def interrupted(path: Path, data: bytes) -> None:
            path.write_bytes(data[:3])
            raise KeyboardInterrupt

        patch.setattr(files, "write_new", interrupted)
        new = exported(tmp_path / "second", b"other weights")
        with pytest.raises(KeyboardInterrupt):
            tuned_reader.write(index, new)
    assert tuned_reader.read(index) == before
    after = tuned_reader.write(index, new)
    assert folders(index) == [after.folder.name]


@pytest.mark.parametrize("name", [MODEL, CARD])
def test_a_changed_byte_is_noticed_and_the_reader_can_be_removed(index: Path, tmp_path: Path, name: str) -> None:
    kept = tuned_reader.write(index, exported(tmp_path / "new"))
    with (kept.folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(TunedReaderUnusable, match="cannot be used"):
        tuned_reader.read(index)
    assert digest_in_force("auto", index) is None
    assert tuned_reader.remove(index)
    assert folders(index) == []


def test_a_damaged_record_is_noticed_and_can_be_removed(index: Path, tmp_path: Path) -> None:
    tuned_reader.write(index, exported(tmp_path / "new"))
    raw = (index / FILE).read_bytes()
    (index / FILE).write_bytes(raw.replace(b'"card_sha256": "', b'"card_sha256": "0'))
    with pytest.raises(TunedReaderUnusable, match="its checksum differs"):
        tuned_reader.read(index)
    assert tuned_reader.remove(index)
    assert folders(index) == []


def test_what_is_somebody_elses_stays(index: Path, tmp_path: Path) -> None:
    (index / FILE).write_text('{"tuned": "a piano"}')
    for change in (lambda: tuned_reader.write(index, exported(tmp_path / "new")), lambda: tuned_reader.remove(index)):
        with pytest.raises(InputInvalid, match="was not written by quoth"):
            change()
    assert (index / FILE).read_text() == '{"tuned": "a piano"}'
    (index / FILE).unlink()
    kept = tuned_reader.write(index, exported(tmp_path / "newer"))
    (kept.folder / "notes.txt").write_text("mine")
    assert tuned_reader.remove(index)
    assert [path.name for path in kept.folder.iterdir()] == ["notes.txt"]


def test_no_index_is_made_for_it(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        tuned_reader.write(tmp_path / "nowhere", exported(tmp_path / "new"))
    assert not tuned_reader.remove(tmp_path / "nowhere")


def test_the_digest_in_force_is_that_of_a_reader_that_can_be_used(tmp_path: Path) -> None:
    card = json.loads((BUILT_IN_FOLDER / CARD).read_text("utf-8"))
    assert digest_in_force("built-in", tmp_path) == digest_in_force("auto", tmp_path) == card["files"][MODEL][:12]
    shutil.copy(BUILT_IN_FOLDER / CARD, tmp_path)
    (tmp_path / MODEL).write_bytes(b"damaged")
    settings = (str(tmp_path), str(tmp_path / "nowhere"), None)
    assert [digest_in_force(setting, tmp_path) for setting in settings] == [None, None, None]
