"""How a user of the command line follows a remedy: by which command, or which option."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from bot.formats.shell import command
from retrieval.remedies import (
    AllowMoreFalseAnswers,
    BuildIndex,
    NameIndex,
    Remedy,
    RemoveReader,
    ResetCalibration,
    SkipBadQuestions,
    WaitForBuild,
    WriteRun,
    WriteTrec,
)

FOLDER, GOLD = "FOLDER", "GOLD"
"""What the reader is to put in: the folder of the articles, and the gold set."""


def means(remedy: Remedy) -> str:
    """Return by what a user follows a remedy, as that goes on in its error's sentence."""
    match remedy:
        case BuildIndex():
            return f" with `{build(remedy)}`"
        case ResetCalibration(index):
            return f" with `{reset(index)}`"
        case RemoveReader(index):
            return f" with `{remove_reader(index)}`"
        case NameIndex():
            return " with --index"
        case WaitForBuild():
            return ", or pass --wait"
        case SkipBadQuestions(others):
            rest = "the other question" if others == 1 else f"the other {others:,} questions"
            return f" (--skip-bad asks {rest})"
        case AllowMoreFalseAnswers():
            return " with --max-false-answers"
        case WriteRun():
            return " eval --json"
        case WriteTrec():
            return " eval --trec"
    assert_never(remedy)


def build(remedy: BuildIndex) -> str:
    """Return the command that builds an index."""
    rebuild = ("--rebuild",) if remedy.rebuild else ()
    model = () if remedy.model is None else ("--model", remedy.model)
    return command("index", remedy.corpus or FOLDER, *rebuild, *model, "--index", str(remedy.index))


def calibrate(index: Path) -> str:
    """Return the command that calibrates an index."""
    return command("calibrate", GOLD, "--index", str(index))


def reset(index: Path) -> str:
    """Return the command that removes an index's calibration."""
    return command("calibrate", "--reset", "--index", str(index))


def remove_reader(index: Path) -> str:
    """Return the command that removes the tuned reader of an index."""
    return command("tune", "--reset", "--index", str(index))


def named(index: Path | None) -> tuple[str, ...]:
    """Return the option that names an index, where one was named."""
    return () if index is None else ("--index", str(index))
