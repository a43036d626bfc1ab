"""Choosing the reader of a gold set, and reporting its faults."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from retrieval.errors import GoldInvalid, InputInvalid
from retrieval.evaluation.gold import sets
from retrieval.evaluation.records import GoldQuestion, GoldSpan
from retrieval.remedies import SkipBadQuestions

LINE = '{"id": "a", "question": "Who?"}'


def test_a_file_of_lines_is_read(tmp_path: Path) -> None:
    file = tmp_path / "my gold.jsonl"
    file.write_text(LINE)
    read = sets.read(file, 100)
    assert read == sets.GoldSet(
        "my gold.jsonl", hashlib.sha256(LINE.encode()).hexdigest(), (GoldQuestion("a", "Who?", where="line 1"),)
    )


def test_a_name_in_capitals_and_a_file_below_home_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "GOLD.JSONL").write_text(LINE)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sets.read(Path("~/GOLD.JSONL"), 100).questions[0].id == "a"


def test_a_folder_is_named_whatever_it_is_called_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d", "text": "A text."}')
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "Who?"}')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    monkeypatch.chdir(folder)
    read = sets.read(Path("."), 100)
    assert (read.name, [question.id for question in read.questions]) == ("tiny", ["q"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.jsonl", "The gold set {} does not exist: name one that does."),
        ("none.json", "The gold set {} does not exist: name one that does."),
        ("none", "The gold set {} does not exist: name a gold .jsonl, a SQuAD .json, or a BEIR folder."),
        ("a.csv", "The gold set {} has the ending .csv: name a gold .jsonl, a SQuAD .json, or a BEIR folder."),
        ("x" * 5000, "The gold set {} does not exist: name a gold .jsonl, a SQuAD .json, or a BEIR folder."),
        ("plain", "The gold set {} has no ending: name a gold .jsonl, a SQuAD .json, or a BEIR folder."),
    ],
)
def test_what_is_no_gold_set_is_told(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "a.csv").write_text("id,question\n")
    (tmp_path / "plain").write_text(LINE)
    with pytest.raises(InputInvalid) as caught:
        sets.read(tmp_path / name, 100)
    assert str(caught.value) == message.format(tmp_path / name)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.symlink_to(file)
    with pytest.raises(InputInvalid, match=r"gold\.jsonl cannot be read \(.+\): check its permissions"):
        sets.read(file, 100)


@pytest.mark.parametrize("content", [b"", b"\n \r\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_a_fault_of_its_own(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_bytes(content)
    for skip_bad in (False, True):
        with pytest.raises(
            InputInvalid, match=r'gold\.jsonl has no questions: write one question per line, such as {"id": "1"'
        ):
            sets.read(file, 100, skip_bad=skip_bad)


def test_a_utf_16_file_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(f"{LINE}\n{LINE}\n", "utf-16")
    with pytest.raises(InputInvalid, match=r"gold\.jsonl is UTF-16: save it as UTF-8"):
        sets.read(file, 100)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(f'{LINE}\n{{"id": "b"}}\n{{"question": 5}}\n')
    with pytest.raises(GoldInvalid) as caught:
        sets.read(file, 100)
    assert str(caught.value).splitlines() == [
        f"The gold set {file} has 3 faults, so nothing was asked:",
        '  line 2: "question" is missing; add it, as a string.',
        '  line 3: "id" is missing; add it, as a string.',
        '  line 3: "question" is a number; make it a string.',
    ]
    assert caught.value.remedies == (SkipBadQuestions(1),)
    assert (caught.value.gold, caught.value.faults[0]) == (
        str(file),
        ("line 2", '"question" is missing; add it, as a string'),
    )


def test_good_questions_are_kept_where_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(f'{{"id": "b"}}\n{LINE}\n')
    read = sets.read(file, 100, skip_bad=True)
    assert read.questions == (GoldQuestion("a", "Who?", where="line 2"),)
    assert read.skipped == ('line 1: "question" is missing; add it, as a string',)


def test_nothing_good_left_is_an_error_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text('{"id": "b"}\n')
    with pytest.raises(GoldInvalid, match="has a fault, so nothing was asked:\n  line 1: "):
        sets.read(file, 100, skip_bad=True)


def test_the_listing_ends_after_fifty(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text('{"id": "b"}\n' * 1051)  # the second and later ones have the same id, too
    with pytest.raises(GoldInvalid) as caught:
        sets.read(file, 100)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"The gold set {file} has 2,101 faults, so nothing was asked:"
    assert (len(lines), lines[-1]) == (52, "  and 2,051 more.")
    assert len(caught.value.faults) == 2101


def test_the_seeds_gold_questions_are_read() -> None:
    file = Path(__file__).resolve().parents[4] / "seeds" / "gold.jsonl"
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    read = sets.read(file, 1000)
    assert (read.name, read.skipped, read.corpus) == ("gold.jsonl", (), None)
    assert read.questions == tuple(
        GoldQuestion(
            row["id"],
            row["question"],
            tuple(row["history"]),
            tuple(
                GoldSpan(place["article"], place["start"], place["end"], place["answer"], quote=place["quote"])
                for place in row["gold"]
            ),
            tuple(row["tags"]),
            f"line {number}",
        )
        for number, row in enumerate(rows, start=1)
    )
