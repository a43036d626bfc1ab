"""`quoth feedback export`: from what people said of answers to candidates for gold questions."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.chat_log.store import PostedAnswer, Store
from retrieval.index.generation import Generation
from retrieval.records import Turn
from tests.bot.chat_log.test_store import count_gap
from tests.bot.conftest import HARBOUR, Cli

LIGHTHOUSE = "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira."
FLEET = "The fishing fleet lost eleven boats in the storm of March 1911."


def ref_of(index: Path, words: str) -> str:
    """The permalink of words of the harbour's article."""
    generation = Generation.current(index)
    row = generation.row_of("harbour")
    assert row is not None
    start = HARBOUR.index(words)
    return generation.cite(row, start, start + len(words), 1).ref


def posted(index: Path, question: str, message: int, *words: str) -> PostedAnswer:
    """An answer that quotes these words."""
    refs = tuple(ref_of(index, quoted) for quoted in words)
    return PostedAnswer(
        None, str(index), question, (), 1, 2, 3, message, None, "0123456789ab", refs, bool(refs), datetime.now(UTC)
    )


@pytest.fixture
def store(tmp_path: Path, index: Path) -> Path:
    """A store with votes and gaps."""
    path = tmp_path / "chat.db"
    useful = posted(index, "Who built the lighthouse?", 1, LIGHTHOUSE, FLEET)
    doubted = posted(index, "How many nets were lost?", 2, FLEET)
    follow_up = replace(posted(index, "And when?", 3, LIGHTHOUSE), history=(Turn("Who built it?", (LIGHTHOUSE,)),))
    refused = posted(index, "Who is the mayor?", 4)
    outdated = replace(posted(index, "Who?", 5), refs=("harbour@0123456789ab#1-5",), answered=True)
    unrated = posted(index, "Nobody cares?", 6, FLEET)
    elsewhere = replace(posted(index, "Why?", 7), collection="/another/index")

    async def fill() -> None:
        database = Store.open(path)
        for answer, votes in (
            (useful, (True, True, False)),
            (doubted, (False,)),
            (follow_up, (True,)),
            (refused, (True,)),
            (outdated, (True,)),
            (unrated, ()),
            (elsewhere, (True,)),
        ):
            id_ = await database.record_answer(answer)
            for user, vote in enumerate(votes):
                await database.vote(id_, user, vote)
        for question in ("Who is the mayor?", "WHO is the   mayor?", "What’s “zero”?"):
            await count_gap(database, question, str(index), 2)
        await count_gap(database, "Why not?", "/another/index", 2)
        await database.close()

    asyncio.run(fill())
    return path


def shape(line: dict[str, Any]) -> tuple[str, list[str], bool, list[str], list[str]]:
    """What tells the lines apart: question, history, answerable, quotes, tags."""
    return (
        line["question"], line["history"], line["answerable"], [gold["quote"] for gold in line["gold"]], line["tags"]
    )  # fmt: skip


def test_candidates_are_gold_lines_for_a_person_to_complete(cli: Cli, store: Path) -> None:
    ran = cli("feedback", "export", "--store", store)
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.status == 0
    assert " ".join(ran.err.split()) == (
        "5 candidates written; 1 left out, as what they quoted has changed; "
        "2 about other indexes left out (name one with --index)."
    )
    assert [shape(line) for line in lines] == [
        ("Who built the lighthouse?", [], True, [LIGHTHOUSE, FLEET], ["candidate", "useful", "not-useful"]),
        ("How many nets were lost?", [], True, [], ["candidate", "not-useful"]),
        ("And when?", ["Who built it?"], True, [LIGHTHOUSE], ["candidate", "useful"]),
        ("Who is the mayor?", [], False, [], ["candidate", "useful", "gap"]),
        ("What’s “zero”?", [], False, [], ["candidate", "gap"]),
    ]
    for line in lines:
        rejected = ["_rejected"] if line["question"] == "How many nets were lost?" else []
        assert list(line) == ["id", "question", "history", "answerable", "gold", "tags", *rejected]
        assert re.fullmatch(r"candidate-[0-9a-f]{8}", line["id"])
        for gold in line["gold"]:
            assert list(gold) == ["article", "start", "end", "quote", "answer"]
            assert (HARBOUR[gold["start"] : gold["end"]], gold["answer"]) == (gold["quote"], "")
    assert len({line["id"] for line in lines}) == 5


def test_a_file_gets_the_same_lines(cli: Cli, store: Path, tmp_path: Path) -> None:
    printed = cli("feedback", "export", "--store", store).out
    ran = cli("feedback", "export", "--store", store, "--out", tmp_path / "candidates.jsonl")
    assert (ran.status, ran.out) == (0, "")
    assert (tmp_path / "candidates.jsonl").read_text("utf-8") == printed


def test_what_cannot_be_exported_is_said(cli: Cli, store: Path, tmp_path: Path) -> None:
    ran = cli("feedback", "export", "--store", tmp_path / "none.db")
    assert (ran.status, ran.out) == (2, "")
    assert " ".join(ran.err.split()) == (
        f"quoth: The Discord bot's database {tmp_path / 'none.db'} is not there: the bot makes it when it first runs."
    )
    ran = cli("feedback", "export", "--store", store, "--out", tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"quoth: The file {tmp_path} cannot be written (Is a directory): name another.\n"


def test_an_empty_store_has_no_candidates(cli: Cli, tmp_path: Path) -> None:
    asyncio.run(Store.open(tmp_path / "chat.db").close())
    ran = cli("feedback", "export", "--store", tmp_path / "chat.db")
    assert (ran.status, ran.out, ran.err) == (0, "", "0 candidates written.\n")


def test_a_question_that_moderators_answered_has_their_passage_for_gold(cli: Cli, index: Path, tmp_path: Path) -> None:
    path = tmp_path / "pointed.db"
    refs = {"How many boats?": ref_of(index, FLEET), "Who?": "harbour@0123456789ab#1-5", "Spam?": None, "Open?": ""}

    async def fill() -> None:
        store = Store.open(path)
        for question, ref in refs.items():
            await count_gap(store, question, str(index), 2)
            number = (await store.gaps(2, 1))[0].id
            assert number is not None
            if ref != "":
                await store.settle_gap(number, 2, ref)
        await store.close()

    asyncio.run(fill())
    ran = cli("feedback", "export", "--store", path)
    assert ran.err == "2 candidates written; 1 left out, as what they quoted has changed.\n"
    lines = [shape(json.loads(line)) for line in ran.out.splitlines()]
    assert sorted(lines) == [
        ("How many boats?", [], True, [FLEET], ["candidate", "gap"]),
        ("Open?", [], False, [], ["candidate", "gap"]),
    ]
