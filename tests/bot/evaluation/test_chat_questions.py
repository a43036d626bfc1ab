"""The questions of a chat, read from its database for `quoth reach --store`."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat_log.store import PostedAnswer, Store
from bot.evaluation.chat_questions import logged_questions
from bot.settings import IndexSettings, Settings
from retrieval.evaluation.coverage.reach import AskedQuestion
from retrieval.records import Turn
from retrieval.settings import AnswerSettings
from tests.bot.chat_log.test_store import count_gap
from tests.bot.conftest import Cli

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BUILT = "Who built the lighthouse?"
TURN = Turn(BUILT, ("The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira.",))


def posted(
    collection: Path, question: str, message: int, *, history: tuple[Turn, ...] = (), answered: bool = True
) -> PostedAnswer:
    """An answer that was posted `message` minutes after noon."""
    refs = ("harbour@0123456789ab#1-5",) if answered else ()
    at = NOON + timedelta(minutes=message)
    return PostedAnswer(
        None, str(collection), question, history, 1, 2, 3, message, None, "0123456789ab", refs, answered, at
    )


@pytest.fixture
def store(tmp_path: Path, index: Path) -> Path:
    """A store of two indexes, with repeated questions, and one whose words were deleted."""

    async def fill() -> None:
        chat_log = Store.open(tmp_path / "chat.db")
        refused = await chat_log.record_answer(posted(index, "Who is the mayor?", 1, answered=False))
        await chat_log.vote(refused, 9, True)
        await chat_log.record_answer(posted(index, BUILT, 3))
        await chat_log.record_answer(posted(index, "and  WHEN?", 2, history=(TURN,)))
        await chat_log.record_answer(posted(index, "And when?", 4, history=(TURN,)))
        await chat_log.record_answer(posted(index, "", 5))
        await chat_log.record_answer(posted(tmp_path / "another", BUILT, 6))
        for question in ("who is the MAYOR?", "How is bread baked?", "Why " + "so " * 400 + "long?"):
            await count_gap(chat_log, question, str(index), 2)
        await count_gap(chat_log, "Why not?", str(tmp_path / "another"), 2)
        await chat_log.close()

    asyncio.run(fill())
    return tmp_path / "chat.db"


def test_each_question_comes_once_the_oldest_first(
    store: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = logged_questions(store, Settings(index=IndexSettings(index)))
    assert questions == [
        AskedQuestion("Who is the mayor?"), AskedQuestion("and  WHEN?", (TURN,)), AskedQuestion(BUILT),
        AskedQuestion("How is bread baked?"),
    ]  # fmt: skip
    assert capsys.readouterr().err == (
        "4 different questions from Discord; left out: 2 about other indexes (name theirs with --index), "
        "1 that the settings no longer allow.\n"
    )


def test_what_the_settings_allow_is_asked(store: Path, index: Path) -> None:
    settings = Settings(index=IndexSettings(index), answer=AnswerSettings(max_question=2000))
    assert len(logged_questions(store, settings)) == 5


def test_the_questions_of_the_chat_join_those_of_the_gold_set(cli: Cli, store: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"id": "1", "question": "Who swims?", "answerable": False, "gold": []}) + "\n")
    for arguments, count in (((), 4), ((gold,), 5)):
        ran = cli("reach", *arguments, "--store", store, "--sample", "1", "--json")
        surfaced = json.loads(ran.out)["questions"]
        assert (ran.status, surfaced["asked"]) == (0, count)
        assert ran.err.startswith("4 different questions from Discord; ")
    assert {article["article"] for article in surfaced["articles"] if article["quoted"]} == {"harbour", "echo"}


def test_a_store_without_questions(cli: Cli, tmp_path: Path) -> None:
    asyncio.run(Store.open(tmp_path / "empty.db").close())
    ran = cli("reach", "--store", tmp_path / "empty.db", "--sample", "1")
    assert (ran.status, ran.err) == (0, "0 different questions from Discord.\n")
    assert "This needs questions" in ran.out
