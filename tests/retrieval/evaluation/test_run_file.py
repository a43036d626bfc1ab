"""Writing a run and reading it back."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import InputInvalid
from retrieval.evaluation import run_file
from retrieval.evaluation.measures import report as measures
from retrieval.evaluation.records import JudgedQuote, Outcome, Provenance, RankedPassage, Report, Run, Target
from retrieval.remedies import WriteRun
from tests.retrieval.evaluation.builders import outcome, run_of

TEXT = st.text(max_size=8)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
TARGET = st.builds(Target, TEXT, st.integers(0, 99), st.integers(0, 99), TEXT, st.booleans())
QUOTE = st.builds(JudgedQuote, TEXT, st.integers(), st.integers(), TEXT, TEXT, FLOAT, st.booleans(), st.booleans())


def several(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw up to three of them."""
    return st.lists(of, max_size=3).map(tuple)


OUTCOME = st.builds(
    Outcome,
    id=TEXT,
    question=TEXT,
    history=several(TEXT),
    tags=several(TEXT),
    targets=several(TARGET),
    answered=st.booleans(),
    confidence=FLOAT,
    features=several(FLOAT),
    quotes=several(QUOTE),
    passages=several(st.builds(RankedPassage, TEXT, FLOAT)),
    relevant=several(st.tuples(TEXT, st.integers())),
    elapsed_ms=FLOAT,
    searched=TEXT,
)
PROVENANCE = st.builds(
    Provenance,
    **dict.fromkeys(("gold", "gold_sha256", "corpus", "index", "model", "version", "made"), TEXT),
    threshold=FLOAT,
    settings=several(st.tuples(TEXT, TEXT)),
)
SMALL = run_of(
    outcome("a", "x.", passages=["p"], relevant=[("p", 2)], tags=("who",), history=("Who?",)),
    outcome("b", "", answer=None, answered=False),
)


@settings(deadline=None)
@given(st.builds(Run, PROVENANCE, several(OUTCOME), FLOAT))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, run: Run) -> None:
    file = tmp_path_factory.mktemp("run") / "run.json"
    run_file.write(file, Report(run, (), (), None))
    assert run_file.read(file) == run


def test_lone_surrogates_survive(tmp_path: Path) -> None:
    run = run_of(outcome("a\ud800", "x", searched="\udc00"))
    run_file.write(tmp_path / "run.json", Report(run, (), (), None))
    assert run_file.read(tmp_path / "run.json") == run


def test_the_file_tells_the_figures(tmp_path: Path) -> None:
    report = measures.report(SMALL)
    run_file.write(tmp_path / "run.json", report)
    document = json.loads((tmp_path / "run.json").read_bytes())
    names = ["format", "provenance", "figures", "slices", "curve", "reliability", "seconds", "outcomes"]
    assert list(document) == names
    assert (document["format"], document["seconds"], len(document["outcomes"])) == (1, 1.0, 2)
    assert document["figures"][0] == {
        "name": "R@1",
        "group": "passages",
        "value": 1.0,
        "low": 1.0,
        "high": 1.0,
        "count": 1,
        "unit": "",
        "better": "higher",
        "label": report.figures[0].label,
    }
    assert [entry["tag"] for entry in document["slices"]] == [entry.tag for entry in report.slices]
    assert report.curve is not None
    assert document["curve"]["area"] == report.curve.area
    assert [entry["count"] for entry in document["reliability"]] == [entry.count for entry in report.reliability]
    assert document["provenance"]["settings"] == [["top", "3"], ["threshold", "0.5"]]
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]


def test_what_stood_there_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "run.json").symlink_to("real.json")
    run_file.write(tmp_path / "run.json", measures.report(SMALL))
    assert run_file.read(tmp_path / "real.json") == SMALL
    assert (tmp_path / "run.json").is_symlink()


def test_a_fault_leaves_what_stood_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "run.json"
    file.write_text("old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputInvalid, match=r"^The run file .*run\.json cannot be written \(No space left on device\)"):
        run_file.write(file, measures.report(SMALL))
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]
    assert file.read_text() == "old"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    taken = list[bytes]()
    reader = threading.Thread(target=lambda: taken.append(pipe.read_bytes()))
    reader.start()
    run_file.write(pipe, measures.report(SMALL))
    reader.join(timeout=30)
    assert json.loads(taken[0])["format"] == 1
    assert pipe.is_fifo()


@pytest.mark.parametrize("where", ["absent/run.json", "folder"])
def test_a_place_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputInvalid, match=r"cannot be written .*: name a file in a folder that can be written"):
        run_file.write(tmp_path / where, measures.report(SMALL))
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


Change = Callable[[Any], Any]


def set_value(*path: str | int, value: object) -> Change:
    """Set a value of the document."""

    def change(document: Any) -> Any:
        inner = document
        for part in path[:-1]:
            inner = inner[part]
        inner[path[-1]] = value
        return document

    return change


def without(*path: str | int) -> Change:
    """Remove a value from the document."""

    def change(document: Any) -> Any:
        inner = document
        for part in path[:-1]:
            inner = inner[part]
        del inner[path[-1]]
        return document

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: [], "is not a run (it has no format number)"),
        (without("format"), "is not a run (it has no format number)"),
        (set_value("format", value=2), "has format 2, but this version reads format 1"),
        (set_value("format", value="1"), "has format '1', but this version reads format 1"),
        (set_value("format", value=True), "has format True, but this version reads format 1"),
        (without("seconds"), "has no seconds"),
        (without("outcomes"), "has no outcomes"),
        (without("provenance", "model"), "has no provenance.model"),
        (set_value("provenance", value=None), "has provenance = null, which should be an object"),
        (
            set_value("provenance", "settings", value=[["a"]]),
            'has provenance.settings[0] = ["a"], which should be a list of 2',
        ),
        (set_value("seconds", value="1"), 'has seconds = "1", which should be a number'),
        (set_value("seconds", value=True), "has seconds = true, which should be a number"),
        (set_value("outcomes", value={}), "has outcomes = {}, which should be a list"),
        (set_value("outcomes", 1, value=7), "has outcomes[1] = 7, which should be an object"),
        (set_value("outcomes", 0, "answered", value=1), "has outcomes[0].answered = 1, which should be true or false"),
        (set_value("outcomes", 0, "id", value=None), "has outcomes[0].id = null, which should be a text"),
        (set_value("outcomes", 0, "tags", value="who"), 'has outcomes[0].tags = "who", which should be a list'),
        (
            set_value("outcomes", 0, "quotes", 1, "start", value=1.5),
            "has outcomes[0].quotes[1].start = 1.5, which should be a whole number",
        ),
        (
            set_value("outcomes", 0, "quotes", 1, "end", value=False),
            "has outcomes[0].quotes[1].end = false, which should be a whole number",
        ),
        (without("outcomes", 0, "quotes", 1, "exact"), "has no outcomes[0].quotes[1].exact"),
        (
            set_value("outcomes", 0, "relevant", 0, value=["p", "2"]),
            'has outcomes[0].relevant[0][1] = "2", which should be a whole number',
        ),
        (set_value("outcomes", 0, "mood", value="good"), "has outcomes[0].mood, which this version does not know"),
        (
            set_value("outcomes", 0, "confidence", value=10**400),
            f"has outcomes[0].confidence = 1{'0' * 38}…, which should be a number",
        ),
        (
            set_value("outcomes", 0, "question", value=["w" * 99]),
            f'has outcomes[0].question = ["{"w" * 37}…, which should be a text',
        ),
    ],
)
def test_a_file_that_is_no_run(tmp_path: Path, change: Change, reason: str) -> None:
    file = tmp_path / "run.json"
    run_file.write(file, measures.report(SMALL))
    file.write_text(json.dumps(change(json.loads(file.read_bytes()))))
    with pytest.raises(InputInvalid) as caught:
        run_file.read(file)
    assert str(caught.value) == f"The run file {file} {reason}: create it again with quoth."
    assert caught.value.remedies == (WriteRun(),)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe\x00", b'{"format": NaN}', b'"\\', b"[" * 100_000])
def test_a_file_that_is_not_json(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "run.json").write_bytes(text)
    with pytest.raises(InputInvalid, match=r"run\.json is not JSON \(.+\): create it again with quoth\.$"):
        run_file.read(tmp_path / "run.json")


@pytest.mark.parametrize(
    "text",
    ['{"id": "1", "question": "Who?", "gold": []}\n{"id"', '{"question": "Who?"}', '\n{"version": "v2.0", "data": []}'],
)
def test_a_gold_set_in_place_of_a_run(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    message = r"run\.json is a gold set, not a run: name one that quoth wrote\.$"
    with pytest.raises(InputInvalid, match=message):
        run_file.read(tmp_path / "run.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match=r"cannot be read \(No such file or directory\): name one that quoth wrote"):
        run_file.read(tmp_path / "run.json")
    with pytest.raises(InputInvalid, match=r"cannot be read \(Is a directory\)"):
        run_file.read(tmp_path)


def test_a_whole_number_is_a_number_too(tmp_path: Path) -> None:
    """As other programs write 1.0."""
    file = tmp_path / "run.json"
    run_file.write(file, measures.report(SMALL))
    file.write_text(json.dumps(set_value("seconds", value=1)(json.loads(file.read_bytes()))))
    assert run_file.read(file) == SMALL
    assert type(run_file.read(file).seconds) is float
