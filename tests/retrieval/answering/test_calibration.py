"""The calibration that an index keeps: read, written, damaged, outdated."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from filelock import FileLock

from retrieval.answering import calibration as calibrations
from retrieval.answering.calibration import FILE, FORMAT, RECORD, Calibration, Choice, Rate, read, remove, write
from retrieval.answering.confidence import BUILT_IN_THRESHOLD, FEATURES, UNFITTED, ConfidenceModel
from retrieval.engine import Engine
from retrieval.errors import IndexNotFound, IndexNotWritable, IndexPartForeign, IndexUnreadable, InputInvalid
from retrieval.index import write_lock
from retrieval.index.generation import Generation
from retrieval.remedies import ResetCalibration
from retrieval.sealed import seal
from retrieval.settings import AnswerSettings
from tests.odd_files import KINDS, put_odd_file
from tests.toy import ANSWERS, SPEC, ToyEncoder, build_toy, write_corpus

WINDS = "Who winds the clocks of the museum?"
CALIBRATION = Calibration(
    model=ConfidenceModel(-2.5, tuple(0.1 * (number + 1) for number in range(len(FEATURES)))),
    threshold=0.4321,
    features=tuple(FEATURES),
    encoder=SPEC,
    fingerprint="0123456789ab",
    gold="gold – ours.jsonl",
    gold_sha256="f" * 64,
    answerable=90,
    unanswerable=60,
    max_false_answers=0.05,
    false_answers=Rate(0.04, 0.01, 0.1, 60),
    false_refusals=Rate(0.1, 0.05, 0.2, 90),
    auroc=0.97,
    folds=5,
    version="0.1.0",
    made="2025-01-31T12:00:00+00:00",
)


BEGUN = '{\n "format": 2,\n "model": {'
"""How a calibration begins."""


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A toy index, to be written to."""
    build_toy(write_corpus(tmp_path / "corpus"), tmp_path / "index")
    return tmp_path / "index"


PLAIN = AnswerSettings()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Engine]:
    """`Engine.open`, which finds the toy encoder, without a reader."""
    monkeypatch.setattr("retrieval.engine.question_encoder", lambda spec, cache, exporting: ToyEncoder())
    return lambda index, settings=PLAIN: Engine.open(index, replace(settings, reader=None))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    assert write(tmp_path, CALIBRATION) == tmp_path / FILE
    assert read(tmp_path) == CALIBRATION
    assert CALIBRATION.questions == 150
    other = replace(CALIBRATION, threshold=0.5, choice=Choice(False, 0.7, 0.75, 0.02))
    write(tmp_path, other)
    assert read(tmp_path) == other
    assert sorted(file.name for file in tmp_path.iterdir()) == [RECORD, FILE, "calibration.lock"]


def test_it_is_read_by_a_person_too(tmp_path: Path) -> None:
    content = json.loads(write(tmp_path, CALIBRATION).read_text("utf-8"))
    assert (content["gold"], content["threshold"], content["format"]) == ("gold – ours.jsonl", 0.4321, FORMAT)
    assert content["model"] == {"intercept": -2.5, "weights": list(CALIBRATION.model.weights)}


def test_removing(tmp_path: Path) -> None:
    assert remove(tmp_path) is False
    write(tmp_path, CALIBRATION)
    assert remove(tmp_path) is True
    assert read(tmp_path) is None
    raw = write(tmp_path, CALIBRATION).read_bytes()
    for damaged in (
        b"",
        raw[:30],
        raw[200:],
        raw.replace(b"format", b"farmot"),
        bytes(byte ^ 128 for byte in raw[:9]) + raw[9:],
    ):
        write(tmp_path, CALIBRATION).write_bytes(damaged)
        assert remove(tmp_path) is True, damaged
        assert not (tmp_path / FILE).exists()


def test_one_that_is_gone_is_told(index: Path, tmp_path: Path) -> None:
    write(index, CALIBRATION)
    (index / FILE).unlink()
    with pytest.raises(InputInvalid) as caught:
        read(index)
    remedy = "restore it, or discard it"
    assert str(caught.value) == f"The calibration {index / FILE} is missing, though the index was calibrated: {remedy}."
    assert caught.value.remedies == (ResetCalibration(index),)
    build_toy(tmp_path / "corpus", index, rebuild=True)
    with pytest.raises(InputInvalid, match="is missing"):
        read(index)
    assert remove(index) is True
    assert read(index) is None
    write(index, CALIBRATION)
    (index / FILE).unlink()
    write(index, CALIBRATION)
    assert read(index) == CALIBRATION


@pytest.mark.parametrize("left", [True, False])
def test_no_byte_of_the_record_is_changed_cut_or_added_unnoticed(left: bool, index: Path) -> None:
    """Whether the calibration itself is left or gone: where it is gone, the record alone tells."""
    write(index, CALIBRATION)
    if not left:
        (index / FILE).unlink()
    file = index / RECORD
    raw = file.read_bytes()
    flipped = (raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :] for at in range(len(raw)) for bit in range(8))
    cut = (raw[:length] for length in range(0 if left else 1, len(raw)))
    for bad in (*flipped, *cut, raw + b"\n", raw + raw, raw.replace(b"\n", b"\r\n"), bytes(len(raw))):
        file.write_bytes(bad)
        with pytest.raises(
            InputInvalid, match=rf"The calibration {file} is damaged \(its checksum differs\): remove it"
        ):
            read(index)
        assert remove(index) is True
        assert read(index) is None
        assert not file.exists()
        if left:
            write(index, CALIBRATION)


@pytest.mark.parametrize("bad", [b"", b"ed by quoth\n" * 20, b"unfinished by quoth\n"])
def test_a_damaged_record_is_written_over(bad: bytes, index: Path) -> None:
    write(index, CALIBRATION)
    (index / RECORD).write_bytes(bad)
    write(index, CALIBRATION)
    assert read(index) == CALIBRATION
    (index / FILE).unlink()
    with pytest.raises(InputInvalid, match="is missing"):
        read(index)


def test_a_record_that_may_not_be_read_is_not_damaged(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(index, CALIBRATION)
    opened = io.open

    def refuse(file: Any, *arguments: Any, **options: Any) -> Any:
        if Path(str(file)).name == RECORD:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, *arguments, **options)

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(
        IndexUnreadable, match=r"calibrated cannot be read \(Permission denied\): check its permissions"
    ):
        read(index)


def test_what_somebody_else_called_so_stays(index: Path, tmp_path: Path) -> None:
    own = {name: f"my own {name}" for name in (FILE, f"{FILE}.new", f"{FILE}-0123456789abcdef")}
    for name, content in own.items():
        (tmp_path / name).write_text(content)
        if name != FILE:
            (index / name).write_text(content)
    assert remove(tmp_path) is False
    write(index, CALIBRATION)
    assert remove(index) is True
    for name in (RECORD, "calibration.lock"):
        for folder in (tmp_path, index):
            (folder / name).write_text("my own")
        assert remove(tmp_path) is False
        with pytest.raises(IndexPartForeign, match=rf"\({name} in it is somebody's own file\): move that away"):
            write(index, CALIBRATION)
        for folder in (tmp_path, index):
            assert (folder / name).read_text() == "my own"
            (folder / name).unlink()
    for folder, names in ((tmp_path, own), (index, own.keys() - {FILE})):
        assert {name: (folder / name).read_text() for name in names} == {name: own[name] for name in names}
    assert not (tmp_path / "calibration.lock").exists()


@pytest.mark.parametrize("calibrated", [True, False])
@pytest.mark.parametrize("content", ["my own", '{"format": 2, "threshold": 0.5, "model": "mine"}\n', "\x80", None])
def test_what_lies_in_its_place_and_is_none_stays(content: str | None, calibrated: bool, index: Path) -> None:
    if calibrated:
        write(index, CALIBRATION).unlink()
    if content is None:
        (index / FILE).mkdir()
    else:
        (index / FILE).write_text(content, "latin-1")
    reason = "is no calibration that quoth wrote" if content else "cannot be read (Is a directory)"
    told = f"The file {index / FILE} {reason}: move it away, for it lies in the calibration's place."
    for change in (lambda: write(index, CALIBRATION), lambda: remove(index), lambda: read(index)):
        with pytest.raises(InputInvalid) as caught:
            change()
        assert str(caught.value) == told
    assert (index / FILE).is_dir() if content is None else (index / FILE).read_text("latin-1") == content
    assert (index / RECORD).exists() == calibrated


@pytest.mark.parametrize("name", [FILE, RECORD, "calibration.lock"])
def test_nothing_is_written_through_a_link(name: str, index: Path, tmp_path: Path) -> None:
    (tmp_path / "own").write_text("my own")
    (index / name).symlink_to(tmp_path / "own")
    with pytest.raises((IndexNotWritable, InputInvalid)):
        write(index, CALIBRATION)
    assert (tmp_path / "own").read_text() == "my own"


def test_no_flipped_byte_is_read(tmp_path: Path) -> None:
    file = write(tmp_path, CALIBRATION)
    raw = file.read_bytes()
    for place in range(len(raw)):
        for bit in (1, 4):
            file.write_bytes(raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :])
            with pytest.raises(InputInvalid):
                read(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BEGUN, "is damaged (it is not a calibration)"),
        (BEGUN + "[" * 100_000, "is damaged (it is not a calibration)"),
        (BEGUN + "\x80", "is damaged (it is not a calibration)"),
        (BEGUN.replace("2", "1") + '}, "sha256": ""}', "has format 1, and this version of quoth reads format 2"),
        (BEGUN + '}, "sha256": "", "threshold": NaN}', "is damaged (its checksum differs)"),
        (BEGUN + '}, "sha256": "", "threshold": 1e999}', "is damaged (its checksum differs)"),
        (BEGUN + '}, "sha256": ""}', "is damaged (its checksum differs)"),
    ],
)
def test_damage_is_told(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / FILE).write_bytes(content.encode("latin-1"))
    with pytest.raises(InputInvalid) as caught:
        read(tmp_path)
    remedy = "remove it, and calibrate again"
    assert str(caught.value) == f"The calibration {tmp_path / FILE} {reason}: {remedy}."
    assert caught.value.remedies == (ResetCalibration(tmp_path),)


def test_every_truncation_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, CALIBRATION)
    raw = file.read_bytes()
    for length in range(len(raw)):
        file.write_bytes(raw[:length])
        with pytest.raises(InputInvalid, match=r"is damaged|is no calibration that quoth wrote"):
            read(tmp_path)
    for more in (b"\n", b" ", b"\0"):
        file.write_bytes(raw + more)
        with pytest.raises(InputInvalid, match="is damaged"):
            read(tmp_path)


def test_one_that_lacks_what_it_should_have(tmp_path: Path) -> None:
    for change in (
        {"threshold": None}, {"threshold": 2}, {"threshold": "0.5"}, {"auroc": 1, "extra": 1},
        {"model": {"intercept": 1.0, "weights": [1.0] * 9}},
    ):  # fmt: skip
        fields = {**json.loads(write(tmp_path, CALIBRATION).read_text("utf-8")), **change}
        fields = {key: value for key, value in fields.items() if value is not None and key != "sha256"}
        (tmp_path / FILE).write_bytes(seal(fields))
        with pytest.raises(InputInvalid, match=r"is damaged \(fields are missing or have the wrong type\)"):
            read(tmp_path)


def test_one_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(InputInvalid, match=r"calibration\.json cannot be read \(Is a directory\): move it"):
        read(tmp_path)


def test_whatever_instant_a_writer_dies_at_one_is_whole(tmp_path: Path) -> None:
    new, calibrations = replace(CALIBRATION, threshold=0.5), list[Calibration | None]()
    write(tmp_path, CALIBRATION)
    while (status := _killed_at(len(calibrations) + 1, tmp_path)) == -signal.SIGKILL:
        calibrations.append(read(tmp_path))
        write(tmp_path, CALIBRATION)
        assert read(tmp_path) == CALIBRATION
        assert sorted(file.name for file in tmp_path.iterdir()) == [RECORD, FILE, "calibration.lock"]
    assert status == 0
    assert read(tmp_path) == new
    swapped = calibrations.index(new)
    assert swapped >= 4, "killed before the lock, the file, its sync and its move"
    assert calibrations == [CALIBRATION] * swapped + [new] * (len(calibrations) - swapped)


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from retrieval.answering.calibration import read, write
from tests.retrieval.forks import kill_at

index = Path(sys.argv[2])
former = read(index)
write(index, former)
kill_at(int(sys.argv[1]))
write(index, replace(former, threshold=0.5))
"""
"""Writes once before it may be killed, so that all is imported by then."""


def _killed_at(step: int, index: Path) -> int:
    """Exit status of a process that writes, and kills itself before its `step`-th access to a file."""
    # Not forked from here: threads of other tests may hold locks, for which a child would wait for ever.
    root = Path(__file__).parents[3]
    return subprocess.run([sys.executable, "-c", WRITER, str(step), str(index)], cwd=root, check=False).returncode


def test_a_fault_while_writing_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, CALIBRATION)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("retrieval.files.os.fsync", full)
    with pytest.raises(IndexNotWritable, match=rf"^The index folder {tmp_path} cannot be written \(No space left"):
        write(tmp_path, replace(CALIBRATION, threshold=0.5))
    assert read(tmp_path) == CALIBRATION
    assert sorted(file.name for file in tmp_path.iterdir()) == [RECORD, FILE, "calibration.lock"]


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexNotFound):
        write(tmp_path / "none", CALIBRATION)
    assert not (tmp_path / "none").exists()
    write(tmp_path, CALIBRATION)

    def denied(self: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock._acquire", denied)
    for change in (lambda: write(tmp_path, CALIBRATION), lambda: remove(tmp_path)):
        with pytest.raises(IndexNotWritable, match=r"cannot be written \(Permission denied\): make it writable"):
            change()


def test_two_writers_follow_each_other(tmp_path: Path) -> None:
    calibrations = [replace(CALIBRATION, threshold=number / 100, gold="g" * 1000 * number) for number in range(1, 9)]
    threads = [Thread(target=write, args=(tmp_path, calibration)) for calibration in calibrations]
    for thread in threads:
        thread.start()
    seen = [read(tmp_path) for _ in range(50)]
    for thread in threads:
        thread.join()
    assert read(tmp_path) in calibrations
    assert set(seen) <= {None, *calibrations}


def test_a_calibration_that_is_written_while_the_index_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_of = calibrations._record_of

    def written_first(index: Path) -> object:
        monkeypatch.setattr(calibrations, "_record_of", record_of)
        write(index, CALIBRATION)
        return record_of(index)

    monkeypatch.setattr(calibrations, "_record_of", written_first)
    assert read(tmp_path) == CALIBRATION


def test_a_lock_that_is_not_let_go_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_lock, "PATIENCE", 0.0)
    with FileLock(tmp_path / "calibration.lock"):
        with pytest.raises(IndexNotWritable, match=r"\(another calibration is being written\)"):
            write(tmp_path, CALIBRATION)
        assert read(tmp_path) is None


def test_the_engine_asks_by_it(index: Path, opened: Callable[..., Engine]) -> None:
    plain = opened(index, ANSWERS)
    assert (plain.calibration, plain.stale_calibration, plain.model) == (None, None, UNFITTED)
    write(index, CALIBRATION)
    engine = opened(index, AnswerSettings())
    assert (engine.calibration, engine.stale_calibration) == (CALIBRATION, None)
    assert (engine.model, engine.threshold) == (CALIBRATION.model, 0.4321)
    trace = engine.trace(WINDS)
    probability = CALIBRATION.model.probability(trace.features)
    assert trace.answer.confidence == pytest.approx(probability, abs=1e-4)
    for threshold, answered in ((probability - 0.01, True), (probability + 0.01, False)):
        write(index, replace(CALIBRATION, threshold=threshold))
        assert opened(index).ask(WINDS).answered is answered


def test_a_number_that_the_user_set_overrides_the_threshold_alone(index: Path, opened: Callable[..., Engine]) -> None:
    assert opened(index, AnswerSettings()).threshold == BUILT_IN_THRESHOLD
    assert opened(index, AnswerSettings(threshold=0.7)).threshold == 0.7
    write(index, CALIBRATION)
    engine = opened(index, AnswerSettings(threshold=0.7))
    assert (engine.threshold, engine.model) == (0.7, CALIBRATION.model)
    assert opened(index, AnswerSettings(threshold=0.0)).threshold == 0.0


def test_one_that_does_not_fit_is_left_aside(index: Path, opened: Callable[..., Engine]) -> None:
    other = replace(CALIBRATION, encoder=replace(SPEC, precision="int8"))
    fewer = replace(CALIBRATION, model=ConfidenceModel(0.0, (1.0, 2.0, 3.0)), features=("maxsim", "moon", "tide"))
    digest = SPEC.digest[:12]
    for stale, why in (
        (
            other,
            f"it was made with the encoder toy, int8, digest {digest}, and the index has toy, fp32, digest {digest}",
        ),
        (fewer, f"it uses the features maxsim, moon, tide, and this version of quoth {', '.join(FEATURES)}"),
    ):
        write(index, stale)
        engine = opened(index, AnswerSettings())
        assert (engine.calibration, engine.stale_calibration) == (None, why)
        assert (engine.model, engine.threshold) == (UNFITTED, BUILT_IN_THRESHOLD)


def test_one_made_with_another_reranker_does_not_fit() -> None:
    for calibrated, now, why in (
        (None, None, None),
        ("r", "r", None),
        ("r", None, "it was made with the reranker r, and none is in force"),
        (None, "r", "it was made without a reranker, and r is in force"),
        ("q", "r", "it was made with the reranker q, and r is in force"),
    ):
        assert replace(CALIBRATION, reranker=calibrated).misfit(SPEC, now) == why


def test_one_made_with_another_reader_does_not_fit() -> None:
    for calibrated, now, why in (
        ("r", "r", None),
        ("r", None, "it was made with the reader r, and none is in force"),
        (None, "r", "it was made without a reader, and r is in force"),
        ("q", "r", "it was made with the reader q, and r is in force"),
    ):
        assert replace(CALIBRATION, reader=calibrated).misfit(SPEC, None, now) == why


def test_the_reranker_is_kept(tmp_path: Path) -> None:
    write(tmp_path, replace(CALIBRATION, reranker="models/r"))
    assert read(tmp_path) == replace(CALIBRATION, reranker="models/r")


def test_an_engine_is_not_opened_over_a_damaged_one(index: Path, opened: Callable[..., Engine]) -> None:
    (index / FILE).write_text(BEGUN)
    with pytest.raises(InputInvalid, match=r"calibration\.json is damaged"):
        opened(index)


def test_builds_of_the_index_leave_it(index: Path, opened: Callable[..., Engine], tmp_path: Path) -> None:
    write(index, CALIBRATION)
    for week in range(3):
        (tmp_path / "corpus" / "bridge.md").write_text(f"The bridge was closed for {week} days.\n", "utf-8")
        build_toy(tmp_path / "corpus", index, rebuild=week == 2)
    assert opened(index).calibration == CALIBRATION
    assert Generation.current(index).manifest.fingerprint != CALIBRATION.fingerprint


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_regular_file_is_neither_waited_for_nor_replaced(kind: str, index: Path) -> None:
    write(index, CALIBRATION)
    put_odd_file(index / FILE, kind)
    sentence = rf"calibration\.json cannot be read \(it is a {kind}\): move it away"
    for use in (read, remove, lambda index: write(index, CALIBRATION)):
        with pytest.raises(InputInvalid, match=sentence):
            use(index)
    assert not (index / FILE).is_file()
    (index / FILE).unlink()
    (index / RECORD).unlink()
    write(index, CALIBRATION)
    put_odd_file(index / RECORD, kind)
    assert read(index) == CALIBRATION
    with pytest.raises(IndexPartForeign, match=r"\(calibrated in it is somebody's own file\)"):
        write(index, CALIBRATION)
    (index / RECORD).unlink()
    put_odd_file(index / "calibration.lock", kind)
    with pytest.raises(IndexPartForeign, match=r"\(calibration\.lock in it is somebody's own file\)"):
        write(index, CALIBRATION)
