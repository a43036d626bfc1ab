"""The calibration of an index: its confidence model and threshold, with what they were fitted on.

Kept as INDEX/calibration.json beside CURRENT, so that it outlives every build of the index. It is replaced in one
step under a lock of its own: whatever instant a writer dies at, readers see the previous calibration, or the new one.
INDEX/calibrated says that there is one, so that its loss does not go unnoticed, and names the file that the last writer
began. It carries a checksum, has always the same size, and is written over by a single write: a writer that dies leaves
it as it was or as it should be, and empty only where there was none.
"""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from retrieval import remedy as remedies
from retrieval.answering import ranking_models
from retrieval.answering.confidence import FEATURES, ConfidenceModel
from retrieval.encoding.encoder import EncoderSpec
from retrieval.errors import IndexNotFound, IndexNotWritable, IndexUnreadable, InputInvalid
from retrieval.files import replace
from retrieval.index import folder
from retrieval.sealed import DIFFERS, seal, seal_lines, unseal, unseal_lines

FILE = "calibration.json"
RECORD = "calibrated"
LOCK = "calibration.lock"
FORMAT = 2
PATIENCE = 10.0  # seconds that another writer may hold the lock
CALIBRATED, BEGUN = "calibrated by quoth", "unfinished by quoth"  # of one length
_BEGAN = re.compile(rf"{re.escape(FILE)}-[0-9a-f]{{16}}")
_MARKS = (b"ed by quoth", f"{FILE}-".encode())
"""What a record has: one byte that changes leaves one of them."""
_BEGINNING = re.compile(rb'\{\n "format": \d{1,9},\n "model": \{')
_TELLING = (b'"intercept"', b'"weights"', b'"max_false_answers"', b'"false_refusals"', b'"gold_sha256"', b'"auroc"')
"""Names that a calibration has and no other file has two of, so that it is known in whatever state it is."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of questions, 0 to 1, with its 95 % interval."""

    value: float
    low: float
    high: float
    count: int
    """Questions that it is a share of."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which confidence model was kept: one fitted to the gold set, or the built-in one, and why."""

    fitted: bool
    """Whether it is the fitted one."""
    auroc_fitted: float
    auroc_built_in: float
    """Of each model, on questions that it was not fitted on, as `Calibration.auroc`."""
    error: float
    """Standard error of their difference. The fitted model is kept where it is better by more."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A confidence model and threshold, where they come from, and what they are worth on questions held out."""

    model: ConfidenceModel
    threshold: float
    features: tuple[str, ...]
    """Names of what the model is told by, in its order."""
    encoder: EncoderSpec
    """That of the index it was made over."""
    fingerprint: str
    """Of the generation that was asked."""
    gold: str
    """Name of the gold set."""
    gold_sha256: str
    answerable: int
    unanswerable: int
    """Questions that the corpus answers, and that it does not."""
    max_false_answers: float
    """The share of unanswerable questions that might be answered."""
    false_answers: Rate
    """Share of the unanswerable questions that were answered, held out."""
    false_refusals: Rate
    """Share of the answerable questions that were refused, held out."""
    auroc: float
    """How well the confidence tells answerable questions from others, held out: how often it is higher for the
    answerable one of a pair. Pairs are of one fold, whose confidences one model tells."""
    folds: int
    version: str
    """quoth's."""
    made: str
    """When, ISO 8601, UTC."""
    reranker: str | None = None
    """The reranker that ordered the sentences; None where none did."""
    fitted: str = field(default_factory=ranking_models.digest)
    """First 12 hex digits of the digest of the fitted numbers that told the features."""
    choice: Choice | None = None
    """None where there was none to make."""

    @property
    def questions(self) -> int:
        """How many questions it was made on."""
        return self.answerable + self.unanswerable

    def misfit(self, encoder: EncoderSpec, reranker: str | None = None) -> str | None:
        """Why it cannot be used for an index of this encoder, with this reranker or none; None where it can.

        A reranker may put another sentence first, and the confidence is told by the first.
        """
        if self.encoder != encoder:
            return f"it was made with the encoder {_named(self.encoder)}, and the index has {_named(encoder)}"
        if self.reranker != reranker:
            made = f"with the reranker {self.reranker}" if self.reranker else "without a reranker"
            return f"it was made {made}, and {f'{reranker} is' if reranker else 'none is'} in force"
        if self.fitted != ranking_models.digest():
            return (
                f"it was made with the fitted numbers {self.fitted}, and this version of quoth has "
                f"{ranking_models.digest()}"
            )
        if self.features != tuple(FEATURES):
            return f"it is told by {', '.join(self.features)}, and this version of quoth by {', '.join(FEATURES)}"
        return None


def read(index: Path) -> Calibration | None:
    """The calibration of an index; None where it has none. Raises InputInvalid for one that is damaged or gone,
    IndexUnreadable for one that may not be read."""
    file = index / FILE
    try:
        raw = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        if _checked_record(index).calibrated:
            remedy = f"put it back, or go without it with `{remedies.reset(index)}`"
            raise InputInvalid(f"The calibration {file}", "is gone, and the index was calibrated", remedy) from error
        return None
    except PermissionError as error:
        raise IndexUnreadable(file, error.strerror or "permission denied") from error
    except OSError as error:
        raise _foreign(index, f"cannot be read ({error.strerror or type(error).__name__})") from error
    try:
        content = unseal(raw)
    except ValueError as error:
        if not _is_own(index, raw):
            raise _foreign(index) from error
        if has := _other_format(raw):
            raise _unusable(index, f"has format {has}, and this version of quoth reads format {FORMAT}") from error
        reason = DIFFERS if str(error) == DIFFERS else "it is not a calibration"
        raise _unusable(index, f"is damaged ({reason})") from error
    try:
        calibration = _parsed(content)
    except (TypeError, KeyError, ValueError) as error:
        raise _unusable(index, "is damaged (it lacks what a calibration has)") from error
    _checked_record(index)
    return calibration


def write(index: Path, calibration: Calibration) -> Path:
    """Make this the calibration of the index, in one step; returns its file. Raises IndexFault."""
    content = seal({"format": FORMAT, **asdict(calibration)})
    with _alone(index):
        _check_own(index)
        record = _record_of(index)
        if record.began:
            (index / record.began).unlink(missing_ok=True)
        beside = f"{FILE}-{secrets.token_hex(8)}"
        _write_record(index, record.calibrated, beside)
        replace(index / FILE, content, index / beside)
        _write_record(index, True, beside)
    return index / FILE


def remove(index: Path) -> bool:
    """Remove the calibration of the index, whatever its state; whether there was one.

    Raises InputInvalid where the file is no calibration, IndexFault.
    """
    record = _record_of(index)
    recorded = record.calibrated or bool(record.fault)
    if not recorded and not ((index / FILE).exists() and folder.is_index(index)):
        return False  # what is called so in another folder is somebody's own
    with _alone(index):
        _check_own(index)
        if record.own:
            (index / RECORD).unlink(missing_ok=True)
        (index / FILE).unlink(missing_ok=True)
    return True


@dataclass(frozen=True, slots=True)
class _Record:
    """What INDEX/calibrated says."""

    calibrated: bool = False
    began: str = ""
    """The file that the last writer began; it is there only where that was killed."""
    fault: str = ""
    """Why what it says cannot be known."""
    own: bool = True
    """Whether quoth wrote it, or it is not there."""


def _record_of(index: Path) -> _Record:
    """What is recorded. Raises IndexUnreadable."""
    file = index / RECORD
    try:
        if file.is_symlink():
            return _Record(own=False)
        raw = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return _Record()
    except IsADirectoryError:
        return _Record(own=False)
    except OSError as error:
        raise IndexUnreadable(file, error.strerror or type(error).__name__) from error
    if not raw.strip(b"\0"):  # of a first writer that was killed, or whose disk was
        return _Record(fault=DIFFERS if raw or (index / FILE).exists() else "")
    try:
        state, began = unseal_lines(raw)
        if state not in (CALIBRATED, BEGUN) or not _BEGAN.fullmatch(began):
            raise ValueError(DIFFERS)
    except ValueError:
        cut = any(state.encode().startswith(raw) for state in (CALIBRATED, BEGUN))
        own = cut or any(mark in raw for mark in _MARKS)
        return _Record(fault=DIFFERS if own else "", own=own)
    return _Record(state == CALIBRATED, began)


def _checked_record(index: Path) -> _Record:
    """What is recorded. Raises InputInvalid where that is damaged, IndexUnreadable."""
    record = _record_of(index)
    if record.fault:
        raise _unusable(index, f"is damaged ({record.fault})", RECORD)
    return record


def _write_record(index: Path, calibrated: bool, began: str) -> None:
    file = index / RECORD
    if not _record_of(index).own:
        raise IndexNotWritable(index, f"{RECORD} in it is somebody's own")
    content = seal_lines((CALIBRATED if calibrated else BEGUN, began))
    with file.open("r+b" if file.exists() else "xb", buffering=0) as opened:
        opened.write(content)
        opened.truncate()  # what was added to a damaged one


@contextmanager
def _alone(index: Path) -> Iterator[None]:
    """While no other process writes the calibration; a build may go on meanwhile."""
    from filelock import FileLock, Timeout

    if not index.is_dir():
        raise IndexNotFound(index)  # the lock would make the folder
    if (index / LOCK).is_symlink() or ((index / LOCK).exists() and (index / LOCK).stat().st_size):
        raise IndexNotWritable(index, f"{LOCK} in it is somebody's own")
    try:
        with FileLock(index / LOCK, timeout=PATIENCE):
            yield
    except Timeout as error:
        raise IndexNotWritable(index, "another calibration is being written") from error
    except (OSError, NotImplementedError) as error:
        raise IndexNotWritable(index, getattr(error, "strerror", None) or type(error).__name__) from error


def _parsed(content: dict[str, Any]) -> Calibration:
    said = {key: value for key, value in content.items() if key != "format"}
    if not 0 <= said["threshold"] <= 1 or not all(map(math.isfinite, said["model"]["weights"])):
        raise ValueError("the numbers are none")
    model = ConfidenceModel(said["model"]["intercept"], tuple(said["model"]["weights"]))
    features = tuple(said["features"])
    if len(model.weights) != len(features):
        raise ValueError("the features are not those of the weights")
    given = {
        "model": model,
        "features": features,
        "encoder": EncoderSpec(**said["encoder"]),
        **{name: Rate(**said[name]) for name in ("false_answers", "false_refusals")},
        "choice": Choice(**said["choice"]) if said.get("choice") else None,
    }
    return Calibration(**{**said, **given})


def _check_own(index: Path) -> None:
    """Raise InputInvalid where what lies in the calibration's place is somebody's own."""
    try:
        raw = (index / FILE).read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _foreign(index, f"cannot be read ({error.strerror or type(error).__name__})") from error
    if not _is_own(index, raw):
        raise _foreign(index)


def _is_own(index: Path, raw: bytes) -> bool:
    """Return whether this is a calibration, damaged or not; of one that has lost all its bytes the record tells."""
    if not raw:
        return _record_of(index).calibrated
    return bool(_BEGINNING.match(raw)) or sum(name in raw for name in _TELLING) > 1


def _other_format(raw: bytes) -> object:
    """The format of a calibration that another version wrote; None where it is not one."""
    found = re.match(rb'\{\s*"format": (\d{1,9}),', raw)
    return int(found[1]) if found and int(found[1]) != FORMAT else None


def _named(encoder: EncoderSpec) -> str:
    return f"{encoder.name}, {encoder.precision}, digest {encoder.digest[:12]}"


def _foreign(index: Path, reason: str = "is no calibration that quoth wrote") -> InputInvalid:
    return InputInvalid(f"The file {index / FILE}", reason, "move it away, for it lies in the calibration's place")


def _unusable(index: Path, reason: str, file: str = FILE) -> InputInvalid:
    remedy = f"remove it with `{remedies.reset(index)}`, and calibrate again"
    return InputInvalid(f"The calibration {index / file}", reason, remedy)
