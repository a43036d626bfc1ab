"""What mends a fault, as facts: a front end says by which of its commands or options a user does it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from retrieval.index_address import is_address
from retrieval.regular_files import read_regular


@dataclass(frozen=True, slots=True)
class BuildIndex:
    """Build an index."""

    index: Path
    corpus: str | None
    """The folder or file of its articles; None where that is not known."""
    rebuild: bool = False
    """Whether all of it is made again."""
    model: str | None = None
    """The encoder model to build it with; None for that of the settings."""


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Name another index folder."""


@dataclass(frozen=True, slots=True)
class WaitForBuild:
    """Have a build wait for the one under way."""


@dataclass(frozen=True, slots=True)
class ResetCalibration:
    """Remove the calibration of an index."""

    index: Path


@dataclass(frozen=True, slots=True)
class RemoveReader:
    """Remove the tuned reader of an index."""

    index: Path


@dataclass(frozen=True, slots=True)
class SkipBadQuestions:
    """Ask the questions of a gold set that have no fault."""

    others: int
    """How many those are, at least one."""


@dataclass(frozen=True, slots=True)
class AllowMoreFalseAnswers:
    """Calibrate with a larger share of false answers."""


@dataclass(frozen=True, slots=True)
class WriteRun:
    """Measure, and write the run to a file."""


@dataclass(frozen=True, slots=True)
class WriteTrec:
    """Measure, and write the files that trec_eval reads."""


Remedy = (
    BuildIndex
    | NameIndex
    | WaitForBuild
    | ResetCalibration
    | RemoveReader
    | SkipBadQuestions
    | AllowMoreFalseAnswers
    | WriteRun
    | WriteTrec
)
Wording = str | tuple[str | Remedy, ...]
"""A part of a sentence; a remedy stands where a front end says how it is done, and the text is whole without it."""


def rebuilding(index: Path) -> BuildIndex:
    """Return the remedy of building an index again, whatever is left of it.

    In a folder a build sees what is damaged; on a server it compares no more than the manifest.
    """
    return BuildIndex(index, _corpus(index), rebuild=is_address(index))


def index_of(file: Path) -> Path:
    """Return the index that a file, or a generation's folder, is a part of."""
    for folder in file.parents:
        if folder.name == "generations" or folder.name.startswith("building-"):
            return folder.parent
    return file.parent


def beside(path: Path) -> Path:
    """Return a place for an index beside a folder of articles, or a file, where nothing is yet."""
    whole = os.path.abspath(path)
    while not os.path.isdir(os.path.dirname(whole)):  # below a file, or what is not there
        whole = os.path.dirname(whole)
    place, number = f"{whole}.index", 1
    while os.path.lexists(place):
        number += 1
        place = f"{whole}-{number}.index"
    return Path(place)


def _corpus(index: Path) -> str | None:
    """Return what an index was made from, by the latest of its manifests that can be read."""
    for file in sorted((index / "generations").glob("[0-9]*/manifest.json"), reverse=True):
        try:
            corpus = json.loads(read_regular(file))["corpus"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        if isinstance(corpus, str) and corpus:
            return corpus
    return None
