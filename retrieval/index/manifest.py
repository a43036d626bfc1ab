"""The self-description of a generation, and whether it fits the model and the settings in use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.analysis import ANALYSIS
from retrieval.encoding.encoder import Encoder, EncoderSpec
from retrieval.encoding.models import PACKAGED
from retrieval.errors import IndexMismatch, IndexOutdated, ModelReplaced
from retrieval.index.faults import damaged
from retrieval.records import Reason
from retrieval.remedies import BuildIndex, index_of

FORMAT = 12
"""Raised with every change of the files' layout or of how text becomes sentences and passages."""

DRIFT = 0.1
"""How far apart, relative to their length, the centres of two exports may lie: processors round differently."""
_ALWAYS = frozenset({"format", "created", "corpus_digest", "encoder", "passages", "counts", "files"})
"""What a manifest of any format has."""
_UNASKED = frozenset({
    "sources.json", "left-out.bin", "left-out.array", "terms.bin", "terms.array", "article-files.array",
    "article-keys.array", "passage-keys.array",
})  # fmt: skip
"""Files that no answer depends on."""
OTHERWISE = ", or ask with the settings it was made with"


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How articles become passages. Changing one means encoding everything again."""

    max_pieces: int = 200
    """Word pieces a passage may have."""
    title: bool = True
    """Whether the article's title is read before each of its passages."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each a generation holds."""

    files: int
    articles: int
    passages: int
    sentences: int
    tokens: int
    characters: int
    """Of everything that was read, white space not counted."""
    left_out: Mapping[Reason, int]
    """Those of them that are never quoted, by the reason."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The self-description of a generation, as manifest.json."""

    created: str
    """When it was built, ISO 8601 in UTC."""
    corpus: str
    """The folder or file it was built from, absolute."""
    corpus_digest: str
    """SHA-256 over the paths and digests of the corpus' files."""
    encoder: EncoderSpec
    centre: tuple[float, ...]
    """The mean token vector of the encoder that made it; the signs in bits.bin are taken about it."""
    passages: PassageSettings
    counts: Counts
    vectors: str
    """How vectors are searched: "exact", or how many cells there are and how their vectors are rounded."""
    recall: float | None
    """Recall@10 of that type against exact search; None for exact search."""
    versions: Mapping[str, str]
    files: Mapping[str, tuple[int, str]]
    """File name -> (bytes, SHA-256)."""
    format: int = FORMAT
    analysis: str = ANALYSIS

    @property
    def fingerprint(self) -> str:
        """12 hex digits that change exactly when something that answers depend on changes."""
        content = {
            "format": self.format,
            "analysis": self.analysis,
            "encoder": asdict(self.encoder),
            "centre": self.centre,
            "passages": asdict(self.passages),
            "files": {name: digest for name, (_, digest) in sorted(self.files.items()) if name not in _UNASKED},
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    def dump(self) -> bytes:
        """Return the bytes of manifest.json."""
        return (
            json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
            + b"\n"
        )


def parse(raw: bytes, file: Path) -> Manifest:
    """Parse the bytes of `file`; raises IndexMismatch for another format, IndexDamaged for anything else."""
    try:
        content: dict[str, Any] = json.loads(raw)
        version = int(content["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(file, "it is not a manifest") from error
    if version != FORMAT or content.get("analysis") != ANALYSIS:
        forms = f"{version}/{content.get('analysis')}", f"{FORMAT}/{ANALYSIS}"
        index = index_of(file)
        again = BuildIndex(index, _text(content.get("corpus")), rebuild=True)
        if version > FORMAT:
            raise IndexMismatch(index, "format", *forms, ("upgrade quoth, or build it again", again))
        raise IndexOutdated(index, "format", *forms, ("build it again", again))
    try:
        content["encoder"] = EncoderSpec(**content["encoder"])
        content["centre"] = tuple(map(float, content["centre"]))
        content["passages"] = PassageSettings(**content["passages"])
        content["counts"] = _counts(content["counts"])
        content["files"] = {name: (int(size), str(digest)) for name, (size, digest) in content["files"].items()}
        return Manifest(**content)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise damaged(file, "it lacks what a manifest has") from error


def _counts(content: dict[str, Any]) -> Counts:
    return Counts(**{**content, "left_out": {Reason(reason): int(n) for reason, n in content["left_out"].items()}})


def is_manifest(raw: bytes) -> bool:
    """Return whether these bytes are a manifest, of whatever format."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.keys() >= _ALWAYS


def check_fit(manifest: Manifest, index: Path, model: str, passages: PassageSettings) -> None:
    """Raise IndexMismatch when the index was made with another model or other passage settings."""
    again = remaking(index, manifest.corpus, model)
    if manifest.encoder.name != model:
        raise IndexMismatch(index, "the model", manifest.encoder.name, model, (*again, OTHERWISE))
    check_passages(manifest, index, passages, again)


def remaking(index: Path, corpus: str, model: str) -> tuple[str, BuildIndex]:
    """Return the remedy for an index that another model or other settings made."""
    return "build it again", BuildIndex(index, corpus, rebuild=True, model=model)


def is_outdated(encoder: EncoderSpec) -> bool:
    """Return whether an encoder is an earlier version of a packaged model."""
    packaged = PACKAGED.get(encoder.name)
    return packaged is not None and packaged.digest != encoder.digest


def check_model(manifest: Manifest, index: Path) -> None:
    """Raise IndexOutdated for an index of an earlier version of a packaged model: all that is fitted fits its own."""
    encoder = manifest.encoder
    if is_outdated(encoder):
        versions = f"{encoder.digest[:12]}…", f"{PACKAGED[encoder.name].digest[:12]}…"
        remedy = "build it again", BuildIndex(index, manifest.corpus)
        raise IndexOutdated(index, f"the model {encoder.name} in its version", *versions, remedy)


def built_with_another(manifest: Manifest, index: Path, error: ModelReplaced) -> IndexMismatch:
    """Return what to raise for an index whose model is another one now."""
    again = remaking(index, manifest.corpus, manifest.encoder.name)
    was, now = f"{error.expected[:12]}…", f"{error.has[:12]}…"
    return IndexMismatch(index, f"the model {error.name} in its version", was, now, again)


def check_encoder(manifest: Manifest, index: Path, encoder: Encoder) -> None:
    """Raise IndexMismatch when an encoder's export differs from that of the one that made the index."""
    again = remaking(index, manifest.corpus, manifest.encoder.name)
    remedies = ("put back the export of the model that made it, or ", *again)
    index_export, model_export = manifest.encoder.export, encoder.spec.export
    if index_export != model_export:
        raise IndexMismatch(index, "the model's export (pooling, prompts)", index_export, model_export, remedies)
    drift, length = np.linalg.norm(encoder.centre - manifest.centre), np.linalg.norm(manifest.centre)
    if not drift <= DRIFT * length:
        raise IndexMismatch(index, "a centre of length", f"{length:.3f}", f"one {drift:.3f} away from it", remedies)


def check_passages(manifest: Manifest, index: Path, passages: PassageSettings, again: tuple[str, BuildIndex]) -> None:
    """Raise IndexMismatch, with the remedy `again`, when the index was made with other passage settings."""
    if manifest.passages != passages:
        old, new = _described(manifest.passages), _described(passages)
        raise IndexMismatch(index, "the passage settings", old, new, (*again, OTHERWISE))


def _described(passages: PassageSettings) -> str:
    return f"max_pieces={passages.max_pieces}, title={str(passages.title).lower()}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
