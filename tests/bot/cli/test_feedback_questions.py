"""Exported feedback as questions to learn from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli.feedback_questions import read_feedback
from bot.settings import Settings
from retrieval.errors import InputInvalid
from tests.bot.conftest import BEES
from tests.toy import build_toy, open_toy

HIVES = "The school keeps nine beehives on its roof."


def place(quote: str = HIVES) -> dict[str, Any]:
    return {"article": "bees", "start": BEES.index(HIVES), "end": BEES.index(HIVES) + len(HIVES), "quote": quote}


def test_votes_teach_and_mere_gaps_do_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "bees.md").write_text(BEES, "utf-8")
    build_toy(tmp_path / "articles", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    lines = [
        {"question": "How many hives?", "answerable": True, "gold": [place()], "tags": ["candidate", "useful"]},
        {"question": "Who is the mayor?", "answerable": False, "gold": [], "tags": ["candidate", "useful", "gap"]},
        {"question": "What is zero?", "answerable": False, "gold": [], "tags": ["candidate", "gap"]},
        {"question": "Why?", "answerable": True, "gold": [], "tags": ["candidate"], "_rejected": [place()]},
        {"question": "How?", "answerable": True, "gold": [], "tags": ["candidate"], "_rejected": [place("else")]},
    ]
    file = tmp_path / "feedback.jsonl"
    file.write_text("".join(json.dumps({"id": str(n), **line}) + "\n" for n, line in enumerate(lines)), "utf-8")
    questions = read_feedback((file,), engine, Settings())
    told = [(question.text, bool(question.targets), bool(question.wrong)) for question in questions]
    assert told == [("Why?", False, True), ("How many hives?", True, False), ("Who is the mayor?", False, False)]
    assert capsys.readouterr().err == f"Learning from 3 lines of {file}\n"
    with pytest.raises(InputInvalid, match="does not exist"):
        read_feedback((tmp_path / "none.txt",), engine, Settings())
