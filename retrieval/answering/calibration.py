"""The calibration of an index: its confidence model and threshold, with the data they were fitted on.

It is stored as INDEX/calibration.json beside CURRENT, so that it outlives every build of the index. A writer replaces
it in one step under its own lock: whenever the writer dies, readers see either the previous calibration or the new one.
INDEX/calibrated records that a calibration exists, so that its loss is noticed, and names the file being written. It
carries a checksum, always has the same size, and is written over by a single write: a writer that dies leaves it as it
was or as it should be, and empty only where there was none. An index on a server has its calibration there.
"""

from __future__ import annotations

import math
import os
import re
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from retrieval import indexes
from retrieval.answering import ranking_models
from retrieval.answering.confidence import BUILT_IN_THRESHOLD, FEATURES, ConfidenceModel
from retrieval.encoding.encoder import EncoderSpec
from retrieval.errors import IndexPartForeign, IndexUnreadable, InputInvalid
from retrieval.files import replace
from retrieval.index import folder
from retrieval.index.write_lock import writing_alone
from retrieval.index_address import is_address
from retrieval.regular_files import NotRegularError, read_regular
from retrieval.remedies import ResetCalibration
from retrieval.sealed import DIFFERS, seal, seal_lines, unseal, unseal_lines
from retrieval.settings import AnswerSettings

FILE = "calibration.json"
RECORD = "calibrated"
LOCK = "calibration.lock"
FORMAT = 2
CALIBRATED, BEGUN = "calibrated by quoth", "unfinished by quoth"  # of one length
_BEGAN = re.compile(rf"{re.escape(FILE)}-[0-9a-f]{{16}}")
_MARKS = (b"ed by quoth", f"{FILE}-".encode())
"""What a record has: one byte that changes leaves one of them."""
_BEGINNING = re.compile(rb'\{\n "format": \d{1,9},\n "model": \{')
_TELLING = (b'"intercept"', b'"weights"', b'"max_false_answers"', b'"false_refusals"', b'"gold_sha256"', b'"auroc"')
"""Names that a calibration has and no other file has two of, so that it is known in whatever state it is."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A proportion of questions, 0 to 1, with its 95 % interval."""

    value: float
    low: float
    high: float
    count: int
    """How many questions it was measured on."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which confidence model was chosen, one fitted to the gold set or the built-in one, and why."""

    fitted: bool
    """Whether the fitted model was chosen."""
    auroc_fitted: float
    auroc_built_in: float
    """AUROC of each model on questions that it was not fitted on, as `Calibration.auroc`."""
    error: float
    """Standard error of their difference. The fitted model is chosen where it is better by more than this."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A confidence model and threshold, where they come from, and how well they do on held-out questions."""

    model: ConfidenceModel
    threshold: float
    features: tuple[str, ...]
    """Names of the model's features, in order."""
    encoder: EncoderSpec
    """Encoder of the calibrated index."""
    fingerprint: str
    """Fingerprint of the generation that answered."""
    gold: str
    """Name of the gold set."""
    gold_sha256: str
    answerable: int
    unanswerable: int
    """Numbers of questions that the corpus answers, and does not answer."""
    max_false_answers: float
    """The largest acceptable share of unanswerable questions that get an answer."""
    false_answers: Rate
    """Share of the held-out unanswerable questions that were answered."""
    false_refusals: Rate
    """Share of the held-out answerable questions that were refused."""
    auroc: float
    """How well the confidence separates answerable from unanswerable held-out questions: how often the answerable one
    of a pair has the higher confidence. Both of a pair are from one fold, so one model estimates both."""
    folds: int
    version: str
    """Version of quoth."""
    made: str
    """Time of the calibration, ISO 8601, UTC."""
    reranker: str | None = None
    """The reranker that ordered the sentences; None without one."""
    reader: str | None = None
    """The first 12 hex digits of the digest of the reader that read the passages; None without one."""
    fitted: str = field(default_factory=ranking_models.digest)
    """First 12 hex digits of the digest of the ranking models that computed the features."""
    choice: Choice | None = None
    """None where there was no choice of models."""

    @property
    def questions(self) -> int:
        """Number of questions it was made from."""
        return self.answerable + self.unanswerable

    def misfit(self, encoder: EncoderSpec, reranker: str | None = None, reader: str | None = None) -> str | None:
        """Return why it cannot be used with this encoder, reranker and reader (its digest); None where it can.

        A reranker or a reader may put another sentence first, and the confidence is estimated from the first.
        """
        if self.encoder != encoder:
            return f"it was made with the encoder {_named(self.encoder)}, and the index has {_named(encoder)}"
        if self.reranker != reranker:
            setup = f"with the reranker {self.reranker}" if self.reranker else "without a reranker"
            return f"it was made {setup}, and {f'{reranker} is' if reranker else 'none is'} in force"
        if self.reader != reader:
            setup = f"with the reader {self.reader}" if self.reader else "without a reader"
            return f"it was made {setup}, and {f'{reader} is' if reader else 'none is'} in force"
        if self.fitted != ranking_models.digest():
            return (
                f"it was made with the fitted numbers {self.fitted}, and this version of quoth has "
                f"{ranking_models.digest()}"
            )
        if self.features != tuple(FEATURES):
            return f"it uses the features {', '.join(self.features)}, and this version of quoth {', '.join(FEATURES)}"
        return None


def threshold_in_force(settings: AnswerSettings, calibration: Calibration | None) -> float:
    """Return the confidence below which quoth abstains: the user's, the calibrated or else the built-in one."""
    if settings.threshold != "auto":
        return settings.threshold
    return calibration.threshold if calibration else BUILT_IN_THRESHOLD


def read(index: Path) -> Calibration | None:
    """Return the calibration of an index; None where it has none.

    Raises InputInvalid where it is damaged or missing, IndexUnreadable where it may not be read.
    """
    if is_address(index):
        raw_on_server = indexes.read_beside(index, FILE)
        return None if raw_on_server is None else _of(index, raw_on_server)
    file = index / FILE
    try:
        raw = read_regular(file)
    except (FileNotFoundError, NotADirectoryError) as error:
        if _checked_record(index).calibrated:
            if os.path.lexists(file):  # the first calibration was written between the two looks
                return read(index)
            remedy = "restore it, or discard it", ResetCalibration(index)
            reason = "is missing, though the index was calibrated"
            raise InputInvalid(f"The calibration {file}", reason, remedy) from error
        return None
    except PermissionError as error:
        raise IndexUnreadable(file, error.strerror or "permission denied") from error
    except OSError as error:
        raise _foreign(index, f"cannot be read ({error.strerror or type(error).__name__})") from error
    calibration = _of(index, raw)
    _checked_record(index)
    return calibration


def _of(index: Path, raw: bytes) -> Calibration:
    """Parse what lies in the calibration's place; raises InputInvalid."""
    try:
        content = unseal(raw)
    except ValueError as error:
        if not is_address(index) and not _is_own(index, raw):
            raise _foreign(index) from error
        if has := _other_format(raw):
            raise _unusable(index, f"has format {has}, and this version of quoth reads format {FORMAT}") from error
        reason = DIFFERS if str(error) == DIFFERS else "it is not a calibration"
        raise _unusable(index, f"is damaged ({reason})") from error
    try:
        return _parsed(content)
    except (TypeError, KeyError, ValueError) as error:
        raise _unusable(index, "is damaged (fields are missing or have the wrong type)") from error


def write(index: Path, calibration: Calibration) -> Path:
    """Replace the calibration of the index in one step and return its file; raises IndexFault."""
    content = seal({"format": FORMAT, **asdict(calibration)})
    if is_address(index):
        indexes.write_beside(index, FILE, content)
        return index / FILE
    with writing_alone(index, LOCK, "calibration"):
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
    """Remove the calibration of the index, even a damaged one, and return whether there was one.

    Raises InputInvalid where the file is no calibration, IndexFault.
    """
    if is_address(index):
        return indexes.remove_beside(index, FILE)
    record = _record_of(index)
    recorded = record.calibrated or bool(record.fault)
    if not recorded and not ((index / FILE).exists() and folder.is_index(index)):
        return False  # a file of this name outside an index is not quoth's
    with writing_alone(index, LOCK, "calibration"):
        _check_own(index)
        if record.own:
            (index / RECORD).unlink(missing_ok=True)
        (index / FILE).unlink(missing_ok=True)
    return True


@dataclass(frozen=True, slots=True)
class _Record:
    """What INDEX/calibrated records."""

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
        raw = read_regular(file)
    except (FileNotFoundError, NotADirectoryError):
        return _Record()
    except (IsADirectoryError, NotRegularError):
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
    """Return what is recorded; raises InputInvalid where that is damaged, IndexUnreadable."""
    record = _record_of(index)
    if record.fault:
        raise _unusable(index, f"is damaged ({record.fault})", RECORD)
    return record


def _write_record(index: Path, calibrated: bool, began: str) -> None:
    file = index / RECORD
    if not _record_of(index).own:
        raise IndexPartForeign(index, RECORD)
    content = seal_lines((CALIBRATED if calibrated else BEGUN, began))
    with file.open("r+b" if file.exists() else "xb", buffering=0) as opened:
        opened.write(content)
        opened.truncate()  # what was added to a damaged one


def _parsed(content: dict[str, Any]) -> Calibration:
    fields = {key: value for key, value in content.items() if key != "format"}
    if not 0 <= fields["threshold"] <= 1 or not all(map(math.isfinite, fields["model"]["weights"])):
        raise ValueError("a number is not finite or out of range")
    model = ConfidenceModel(fields["model"]["intercept"], tuple(fields["model"]["weights"]))
    features = tuple(fields["features"])
    if len(model.weights) != len(features):
        raise ValueError("features and weights differ in number")
    nested = {
        "model": model,
        "features": features,
        "encoder": EncoderSpec(**fields["encoder"]),
        **{name: Rate(**fields[name]) for name in ("false_answers", "false_refusals")},
        "choice": Choice(**fields["choice"]) if fields.get("choice") else None,
    }
    return Calibration(**{**fields, **nested})


def _check_own(index: Path) -> None:
    """Raise InputInvalid where what lies in the calibration's place is somebody's own."""
    try:
        raw = read_regular(index / FILE)
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
    """Return the format of a calibration written by another version; None where it is not one."""
    match = re.match(rb'\{\s*"format": (\d{1,9}),', raw)
    return int(match[1]) if match and int(match[1]) != FORMAT else None


def _named(encoder: EncoderSpec) -> str:
    return f"{encoder.name}, {encoder.precision}, digest {encoder.digest[:12]}"


def _foreign(index: Path, reason: str = "is no calibration that quoth wrote") -> InputInvalid:
    return InputInvalid(f"The file {index / FILE}", reason, "move it away, for it lies in the calibration's place")


def _unusable(index: Path, reason: str, file: str = FILE) -> InputInvalid:
    remedy = "remove it", ResetCalibration(index), ", and calibrate again"
    return InputInvalid(f"The calibration {index / file}", reason, remedy)
