"""The sentences of the engine's errors as users of the command line read them: each names the command or option."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import sentence, worded
from retrieval.errors import (
    CorpusNotFound,
    GenerationMissing,
    GoldInvalid,
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    IndexNotFound,
    IndexNotWritable,
    IndexPartForeign,
    InputInvalid,
    ListForeign,
    NotAnIndex,
    QuothError,
)
from retrieval.evaluation.run_file import NAME_ONE, REMEDY
from retrieval.index.manifest import OTHERWISE, remaking
from retrieval.redaction import HIDDEN
from retrieval.remedies import AllowMoreFalseAnswers, BuildIndex, ResetCalibration, WriteTrec
from tests.retrieval.test_redaction import TOKEN

INDEX = Path("/my/index")
AGAIN = BuildIndex(INDEX, "/my/own articles", rebuild=True)
REBUILD = "`quoth index '/my/own articles' --rebuild --index /my/index`"
FAULTS = [("line 4", "it is empty; fill it")]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            IndexNotFound(INDEX),
            "There is no index at /my/index: build one with `quoth index FOLDER --index /my/index`.",
        ),
        (
            IndexNotFound(INDEX, "it is a file", BuildIndex(Path("/my/index.index"), None)),
            "/my/index is not an index (it is a file): name an index folder with --index, or build one with "
            "`quoth index FOLDER --index /my/index.index`.",
        ),
        (
            IndexDamaged(INDEX / "texts.bin", "it is cut", AGAIN),
            f"The index file /my/index/texts.bin is damaged (it is cut): build the index again with {REBUILD}.",
        ),
        (
            GenerationMissing(INDEX, "000002", INDEX / "generations", AGAIN),
            "The index /my/index lacks its generation 000002 (there is no folder /my/index/generations): "
            f"put it back, or build the index again with {REBUILD}.",
        ),
        (
            ListForeign(INDEX / "CURRENT", "no line of it names one", AGAIN),
            "The file /my/index/CURRENT is no list of generations that quoth wrote (no line of it names one), "
            f"so it is left as it is: move it away, then build the index again with {REBUILD}.",
        ),
        (
            IndexMismatch(INDEX, "format", 5, 4, ("upgrade quoth, or build it again", AGAIN)),
            "The index /my/index was built with format 5, but 4 is asked for: upgrade quoth, or build it again with "
            f"{REBUILD}.",
        ),
        (
            IndexMismatch(INDEX, "the model", "toy", "big", (*remaking(INDEX, "/corpus", "big"), OTHERWISE)),
            "The index /my/index was built with the model toy, but big is asked for: build it again with "
            "`quoth index /corpus --rebuild --model big --index /my/index`, or ask with the settings it was made with.",
        ),
        (
            IndexLocked(INDEX, "process 7"),
            "Another build (process 7) is writing the index /my/index: wait for it to finish, or pass --wait.",
        ),
        (
            IndexNotWritable(INDEX, "No space left on device"),
            "The index folder /my/index cannot be written (No space left on device): make it writable, free some "
            "space, or name another with --index.",
        ),
        (
            IndexPartForeign(INDEX, "split-articles"),
            "The index folder /my/index cannot be written (split-articles in it is somebody's own file): move that "
            "away, or name another folder with --index.",
        ),
        (
            NotAnIndex(INDEX, ["a", "b"]),
            "The folder /my/index is not an index and is not empty (it holds 'a', 'b'), so nothing is written to it: "
            "name an empty or new folder with --index.",
        ),
        (
            GoldInvalid("gold.jsonl", FAULTS, 1),
            "The gold set gold.jsonl has a fault, so nothing was asked (--skip-bad asks the other question):\n"
            "  line 4: it is empty; fill it.",
        ),
        (
            GoldInvalid("gold.jsonl", FAULTS, 2000),
            "The gold set gold.jsonl has a fault, so nothing was asked (--skip-bad asks the other 2,000 questions):\n"
            "  line 4: it is empty; fill it.",
        ),
        (
            GoldInvalid("gold.jsonl", FAULTS),
            "The gold set gold.jsonl has a fault, so nothing was asked:\n  line 4: it is empty; fill it.",
        ),
        (
            InputInvalid("The share", "is low", ("allow more", AllowMoreFalseAnswers(), ", or add questions")),
            "The share is low: allow more with --max-false-answers, or add questions.",
        ),
        (
            InputInvalid("The calibration", "is damaged", ("remove it", ResetCalibration(INDEX), ", and go on")),
            "The calibration is damaged: remove it with `quoth calibrate --reset --index /my/index`, and go on.",
        ),
        (InputInvalid("It", "is not JSON", REMEDY), "It is not JSON: create it again with quoth eval --json."),
        (InputInvalid("It", "is a gold set", NAME_ONE), "It is a gold set: name one that quoth eval --json wrote."),
        (
            InputInvalid("It", ("is none that quoth", WriteTrec(), " wrote"), "move it away"),
            "It is none that quoth eval --trec wrote: move it away.",
        ),
        (
            CorpusNotFound(Path("/corpus")),
            "There is no corpus at /corpus: name an existing folder or file of articles.",
        ),
    ],
)
def test_the_command_line_says_how(error: QuothError, expected: str) -> None:
    assert sentence(error) == worded(error) == expected


def test_a_command_never_holds_a_token() -> None:
    line = worded(IndexNotFound(Path("/indexes") / TOKEN))
    assert TOKEN not in line
    assert line.count(HIDDEN) == 2
