"""Question files: what is read, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from retrieval.errors import InputInvalid
from retrieval.training.questions import read_questions
from tests.retrieval.training.conftest import QUESTIONS, TEXTS, line


def test_equal_contexts_are_one_document(question_file: Path) -> None:
    documents, questions = read_questions([question_file])
    assert [document.text for document in documents] == list(TEXTS.values())
    assert [question.text for question in questions] == [question for question, *_ in QUESTIONS]


def test_every_answer_is_a_slice_of_its_document(question_file: Path) -> None:
    documents, questions = read_questions([question_file])
    answers = [[documents[question.document].text[slice(*span)] for span in question.answers] for question in questions]
    assert answers == [[answer] if answer else [] for *_, answer in QUESTIONS]


def test_the_latest_earlier_questions_come_first(tmp_path: Path) -> None:
    turns = ["user: a", "agent: b", "user: c", "user: d", "user: e"]
    file = tmp_path / "follow.jsonl.gz"
    file.write_bytes(gzip.compress(line(*QUESTIONS[0], history=turns).encode()))
    assert read_questions([file])[1][0].history == ("e", "d", "c")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not a training question"),
        (json.dumps({"question": "Who?", "answers": []}), "not a training question"),
        (json.dumps({"question": "Who?", "context": "Ann.", "answers": [{"start": 1, "text": "Ann"}]}), "not at 1"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(f"{line(*QUESTIONS[0])}\n{text}\n", "utf-8")
    with pytest.raises(InputInvalid, match=rf"bad\.jsonl:2.*{reason}"):
        read_questions([file])


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl.gz"
    file.write_bytes(gzip.compress(line(*QUESTIONS[0]).encode())[:-9])
    with pytest.raises(InputInvalid, match=r"cut\.jsonl\.gz cannot be read"):
        read_questions([file])
