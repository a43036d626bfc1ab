"""`quoth replay`: an answer that was given, as it was then and now, and where a citation stands."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat_log.store import PostedAnswer, Store
from tests.bot.conftest import Cli, write_corpus

QUESTION = "Who built the lighthouse of Porto Vell?"
LINK = "https://discord.com/channels/21/31/400000000000000041"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus that a test may change, and whose words stand in one article each."""
    folder = write_corpus(tmp_path / "articles")
    (folder / "echo.txt").unlink()
    return folder


@pytest.fixture
def built(empty_cli: Cli, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its index."""
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(tmp_path / "index"))
    monkeypatch.setenv("QUOTH_DISCORD_STORE", str(tmp_path / "chat.db"))
    assert empty_cli("index", corpus, "--quiet").status == 0
    return tmp_path / "index"


@pytest.fixture
def given(empty_cli: Cli, built: Path, tmp_path: Path) -> PostedAnswer:
    """An answer as the bot records it."""
    answer = json.loads(empty_cli("ask", QUESTION, "--json").out)
    posted = PostedAnswer(
        id=None,
        collection=str(built),
        question=QUESTION,
        history=(),
        asker=11,
        guild=21,
        channel=31,
        message=400000000000000041,
        question_message=400000000000000051,
        fingerprint=answer["fingerprint"],
        refs=tuple(quote["citation"]["ref"] for quote in answer["quotes"]),
        answered=True,
        posted_at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
    )
    return replace(posted, id=recorded(tmp_path / "chat.db", posted))


def recorded(path: Path, posted: PostedAnswer) -> int:
    async def work() -> int:
        store = Store.open(path)
        try:
            return await store.record_answer(posted)
        finally:
            await store.close()

    return asyncio.run(work())


def test_where_all_is_as_it_was_the_answer_is_the_same(empty_cli: Cli, given: PostedAnswer) -> None:
    for what in (LINK, f"<{LINK}>", "400000000000000041", "400000000000000051"):
        ran = empty_cli("replay", what)
        assert ran.status == 0, ran.err
        assert ran.out.startswith(f"Asked on 2026-03-04 05:06 UTC: {QUESTION}\n")
        assert (
            f"Fingerprint then: {given.fingerprint}, now: {given.fingerprint}. The same: index, models, settings.\n"
            in ran.out
        )
        assert ran.out.endswith("\nThe answer is the same.\n")


def test_a_changed_article_is_shown_in_old_and_new_words(empty_cli: Cli, given: PostedAnswer, corpus: Path) -> None:
    harbour = corpus / "harbour.md"
    harbour.write_text(harbour.read_text("utf-8").replace("built in 1874", "built in 1875"), "utf-8")
    assert empty_cli("index", corpus, "--quiet").status == 0
    ran = empty_cli("replay", LINK)
    assert ran.status == 1
    assert "[[The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira.]]" in ran.out
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert f"As of {today}, it says instead:\n   │ The lighthouse of Porto Vell was built in 1875" in ran.out
    assert "The same: models, settings. Changed since: index." in ran.out
    assert "Quote 1 of then is not among those of now.\n" in ran.out
    assert ran.out.endswith("changed.\n")
    shown = empty_cli("show", given.refs[0])
    assert f"As of {today}, it says instead:" in shown.out
    permalink = empty_cli("replay", given.refs[0])
    assert (permalink.status, f"As of {today}, it says instead:" in permalink.out) == (1, True)
    verified = empty_cli(
        "verify",
        "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira.",
        "--source",
        given.refs[0],
    )
    assert f"As of {today}, it says instead:" in verified.out


def test_other_settings_are_named(empty_cli: Cli, given: PostedAnswer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_ANSWER_THRESHOLD", "1")
    ran = empty_cli("replay", LINK)
    assert ran.status == 1
    assert "The same: index, models. Changed since: settings." in ran.out
    assert "It was answered then, and is not now.\nWhy: settings of answers have changed.\n" in ran.out


def test_a_citation_that_stands(empty_cli: Cli, given: PostedAnswer) -> None:
    ran = empty_cli("replay", given.refs[0])
    assert (ran.status, ran.out.endswith("\nIt stands there as it was cited.\n")) == (0, True)


def test_a_deleted_question_stays_deleted(empty_cli: Cli, given: PostedAnswer, tmp_path: Path) -> None:
    async def forget() -> None:
        store = Store.open(tmp_path / "chat.db")
        await store.forget(11)
        await store.close()

    asyncio.run(forget())
    ran = empty_cli("replay", LINK)
    assert ran.status == 1
    assert QUESTION not in ran.out
    assert "Asked on 2026-03-04 05:06 UTC: (deleted)\n" in ran.out
    assert ran.out.endswith("The words of the question were deleted, and are not kept: it cannot be asked again.\n")


def test_an_answer_of_an_earlier_version_lacks_what_was_not_kept(
    empty_cli: Cli, given: PostedAnswer, tmp_path: Path
) -> None:
    recorded(tmp_path / "chat.db", replace(given, fingerprint=given.fingerprint.partition(".")[0]))
    ran = empty_cli("replay", LINK)
    assert (ran.status, "Which models and settings answered then was not kept." in ran.out) == (0, True)


def test_a_message_that_nobody_knows(empty_cli: Cli, given: PostedAnswer) -> None:
    ran = empty_cli("replay", "400000000000000099")
    assert ran.status == 2
    assert ran.err == (
        "quoth: The message 400000000000000099 asks or carries no answer that is kept: answers are kept for 180 days, "
        "unless they are deleted.\n"
    )
