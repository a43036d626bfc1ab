"""Files that trec_eval reads, read back by ir-measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import mean
from urllib.parse import unquote

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import InputInvalid
from retrieval.evaluation import trec
from retrieval.evaluation.measures import rankings, report
from retrieval.evaluation.records import RankedPassage
from retrieval.remedies import WriteTrec
from tests.odd_files import KINDS, put_odd_file
from tests.retrieval.evaluation.builders import outcome, run_of

TIED = tuple(RankedPassage(name, 0.1) for name in ("z", "b", "a", "y"))
"""Passages of one score: breaking ties by id, in either direction, would not rank "z" and "b" first."""

RUN = run_of(
    outcome("who built it?", "x.", passages=["a b#1-2", "c"], relevant=[("c", 2)]),
    outcome("100%", ".x", passages=[f"p{n}" for n in range(30)], relevant=[("p9", 1), ("p29", 3)]),
    outcome("", "", passages=["p1"]),
    outcome("n", "..", relevant=[("p1", 1)]),
    replace(outcome("tied", "x", relevant=[("b", 1)]), passages=TIED),
    outcome("off", ".", passages=["p1"], answer=None),
)


def lines(file: Path) -> list[str]:
    """Return the lines of a file."""
    return file.read_text("utf-8").splitlines()


def test_the_files(tmp_path: Path) -> None:
    trec.write(tmp_path / "new" / "trec", RUN)
    folder = tmp_path / "new" / "trec"
    assert sorted(file.name for file in folder.iterdir()) == [
        *("qrels.txt", "quotes.qrels.txt", "quotes.run.txt", "run.txt"),
    ]
    assert lines(folder / "qrels.txt") == [
        "who%20built%20it? 0 c 2",
        "100%25 0 p9 1",
        "100%25 0 p29 3",
        "% 0 - 0",
        "n 0 p1 1",
        "tied 0 b 1",
    ]
    written = lines(folder / "run.txt")
    assert written[:3] == [
        "who%20built%20it? Q0 a%20b#1-2 1 1.0 quoth",
        "who%20built%20it? Q0 c 2 0.9921875 quoth",
        "100%25 Q0 p0 1 1.0 quoth",
    ]
    assert written[-5:] == [
        "tied Q0 z 1 0.1 quoth",
        "tied Q0 b 2 0.099999994 quoth",
        "tied Q0 a 3 0.09999999 quoth",
        "tied Q0 y 4 0.09999998 quoth",
        "off Q0 p1 1 1.0 quoth",
    ]
    assert lines(folder / "quotes.qrels.txt") == [
        "who%20built%20it? 0 bridge@0123456789ab#0 1",
        "who%20built%20it? 0 bridge@0123456789ab#1 0",
        "100%25 0 bridge@0123456789ab#0 0",
        "100%25 0 bridge@0123456789ab#1 1",
        "% 0 - 0",
        "n 0 bridge@0123456789ab#0 0",
        "n 0 bridge@0123456789ab#1 0",
        "tied 0 bridge@0123456789ab#0 1",
    ]
    assert lines(folder / "quotes.run.txt")[2] == "100%25 Q0 bridge@0123456789ab#0 1 1.0 quoth"


@pytest.mark.parametrize(
    ("group", "names", "prefix"), [("passages", rankings.PASSAGES, ""), ("quotes", rankings.QUOTES, "quotes.")]
)
def test_the_figures_of_the_files_are_those_of_the_report(
    tmp_path: Path, group: str, names: Sequence[str], prefix: str
) -> None:
    trec.write(tmp_path, RUN)
    expected = {figure.name: figure.value for figure in report.report(RUN).figures if figure.group == group}
    aggregate = ir_measures.calc_aggregate(
        [ir_measures.parse_measure(name) for name in names],
        list(ir_measures.read_trec_qrels(str(tmp_path / f"{prefix}qrels.txt"))),  # type: ignore[no-untyped-call]
        list(ir_measures.read_trec_run(str(tmp_path / f"{prefix}run.txt"))),  # type: ignore[no-untyped-call]
    )
    assert {str(measure): value for measure, value in aggregate.items()} == pytest.approx(
        {name: expected[name] for name in names}
    )
    assert all(value > 0 for name, value in expected.items() if name not in ("R@1", "F1", "EM"))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        InputInvalid, match=r"^The folder .*file cannot be written \(File exists\): name one that can\.$"
    ):
        trec.write(tmp_path / "file", RUN)


NOTES, RUN_LINE, QREL = "my notes\n", "1 Q0 d 1 0.5 {}\n", "1 0 d 1\n"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"run.txt": NOTES}, "run.txt"),
        ({"run.txt": RUN_LINE.format("bm25")}, "run.txt"),
        ({"run.txt": RUN_LINE.format("quoth") + RUN_LINE.format("bm25")}, "run.txt"),
        ({"run.txt": RUN_LINE.format("quoth").rstrip()}, "run.txt"),
        ({"qrels.txt": QREL}, "qrels.txt"),
        ({"qrels.txt": QREL, "run.txt": ""}, "qrels.txt"),
        ({"quotes.qrels.txt": QREL}, "quotes.qrels.txt"),
        ({"qrels.txt": NOTES, "run.txt": RUN_LINE.format("quoth")}, "qrels.txt"),
        ({"quotes.run.txt": NOTES}, "quotes.run.txt"),
    ],
)
def test_files_of_somebody_elses_making_are_left(files: dict[str, str], told: str, tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(InputInvalid) as caught:
        trec.write(tmp_path, RUN)
    reason = "is none that quoth wrote, and is not overwritten"
    assert str(caught.value) == f"The file {tmp_path / told} {reason}: move it away, or name another folder."
    assert caught.value.remedies == (WriteTrec(),)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files


def test_its_own_files_are_written_again(tmp_path: Path) -> None:
    none = replace(RUN, outcomes=tuple(replace(one, quotes=()) for one in RUN.outcomes))
    for run in (RUN, none, RUN):
        trec.write(tmp_path, run)
    (tmp_path / "new").mkdir()
    trec.write(tmp_path / "new", RUN)
    for name in trec.FILES:
        assert (tmp_path / name).read_bytes() == (tmp_path / "new" / name).read_bytes()


def test_a_disk_that_fills_leaves_each_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    trec.write(tmp_path, RUN)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("retrieval.files.os.fsync", full)
    with pytest.raises(InputInvalid, match=r"cannot be written \(No space left on device\): name one that can"):
        trec.write(tmp_path, replace(RUN, outcomes=RUN.outcomes[:2]))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@settings(deadline=None)
@given(st.text(min_size=1))
def test_an_id_is_one_column_and_can_be_told_from_any_other(text: str) -> None:
    column = trec.column(text)
    assert column.split() == [column]
    assert unquote(column) == text
    assert column != trec.column("")


@settings(deadline=None)
@given(st.lists(st.floats(-1e30, 1e30) | st.sampled_from([0.0, -0.0, 0.1, 0.1000000001]), max_size=12))
def test_scores_fall_and_stay_near(scores: list[float]) -> None:
    ranked = sorted(scores, reverse=True)
    lowered = trec.falling(ranked)
    printed = [np.float32(str(score)) for score in lowered]
    assert printed == lowered
    assert all(higher > lower for higher, lower in pairwise(printed))
    assert [float(score) for score in lowered] == pytest.approx(ranked, rel=1e-5, abs=1e-6)


def test_mean_is_over_answerable_questions_alone() -> None:
    """The report leaves out the unanswerable question, as the files do."""
    measured = report.per_question(RUN)["passages RR@10"]
    assert measured.ids == ("who built it?", "100%", "", "n", "tied")
    assert mean(measured.values.tolist()) == pytest.approx((1 / 2 + 1 / 10 + 0 + 0 + 1 / 2) / 5)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", trec.FILES)
def test_what_is_no_regular_file_is_neither_waited_for_nor_replaced(name: str, kind: str, tmp_path: Path) -> None:
    put_odd_file(tmp_path / name, kind)
    with pytest.raises(InputInvalid, match=rf"{name} cannot be read \(it is a {kind}\): move it away"):
        trec.check(tmp_path)
