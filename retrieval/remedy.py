"""Commands that mend an index, as sentences advise them: each names that index, and the articles it was made from."""

from __future__ import annotations

import json
import os
from pathlib import Path

from retrieval.regular_files import read_regular
from retrieval.shell import command

FOLDER, GOLD = "FOLDER", "GOLD"
"""What the reader is to put in: the folder of the articles, and the gold set."""


def build(index: Path, corpus: str | None, *options: str) -> str:
    """Return the command that builds an index of a corpus, FOLDER where that is not known."""
    return command("index", corpus or FOLDER, *options, "--index", str(index))


def rebuild(index: Path) -> str:
    """Return the command that builds an index again, whatever is left of it."""
    return build(index, _corpus(index), "--rebuild")


def calibrate(index: Path) -> str:
    """Return the command that calibrates an index."""
    return command("calibrate", GOLD, "--index", str(index))


def named(index: Path | None) -> tuple[str, ...]:
    """Return the option that names an index, where one was named."""
    return () if index is None else ("--index", str(index))


def reset(index: Path) -> str:
    """Return the command that removes an index's calibration."""
    return command("calibrate", "--reset", "--index", str(index))


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
