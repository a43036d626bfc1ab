"""The chat's memory: what it keeps, counts and forgets, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest

from bot.chat_log.address import Place
from bot.chat_log.database import StoreUnusable
from bot.chat_log.inbox import Command, WaitingQuestion
from bot.chat_log.store import AnswerRemoved, Forgotten, Gap, Mark, PostedAnswer, Store, Votes
from bot.chat_log.tables import TABLES
from bot.chat_log.writes import add_gap
from retrieval.records import Turn

T = TypeVar("T")

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, UTC)
ANSWER = PostedAnswer(
    id=None,
    collection="letters",
    question="Who signed\nthe letter?",
    history=(Turn("Was there a letter?", ("There was a letter.", "“Two”, even.")),),
    asker=11,
    guild=21,
    channel=31,
    message=41,
    question_message=51,
    fingerprint="0123456789ab",
    refs=("letter@3161f458d70e#961-1019", "a/b c@3161f458d70e#0-5"),
    answered=True,
    posted_at=NOW,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store of a test lies."""
    return tmp_path / "chat" / "quoth.db"


async def count_gap(
    store: Store, question: str, collection: str, guild: int | None, asker: int | None = None, answer: int | None = None
) -> None:
    """Count a question as one without an answer, though no message may have said so."""
    await store._database.write(lambda connection: add_gap(connection, question, collection, guild, asker, answer))


def using(place: Place, work: Callable[[Store], Awaitable[T]]) -> T:
    """Do the work on a store that is opened before and closed behind."""

    async def run() -> T:
        store = Store.open(place)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def holds(place: Place, words: str) -> bool:
    """Whether any byte of a file still says something, or any row on a server."""
    if isinstance(place, Path):
        return any(words.encode() in file.read_bytes() for file in place.parent.iterdir())
    with psycopg.connect(**dict(place.options)) as connection:  # type: ignore[arg-type]
        tables = [name for (name,) in connection.execute("SELECT relname FROM pg_stat_user_tables")]
        return any(
            words in row
            for name in tables
            for (row,) in connection.execute(f"SELECT t::text FROM {name} AS t".encode())
        )


def test_an_answer_is_kept_whole_over_a_restart(place: Place) -> None:
    id_ = using(place, lambda store: store.record_answer(ANSWER))
    stored = replace(ANSWER, id=id_)
    assert using(place, lambda store: store.answer(id_)) == stored
    assert using(place, lambda store: store.answer_for_message(41)) == stored
    assert using(place, lambda store: store.answer_for_question(51)) == stored
    assert using(place, lambda store: store.answer(id_ + 1)) is None


def test_a_direct_message_and_an_abstention_are_kept_too(place: Place) -> None:
    bare = replace(ANSWER, guild=None, question_message=None, history=(), refs=(), answered=False, question="\ud800?")
    id_ = using(place, lambda store: store.record_answer(bare))
    assert using(place, lambda store: store.answer(id_)) == replace(bare, id=id_, question="??")


def test_an_answer_is_recorded_before_its_message_is_known(place: Place) -> None:
    async def work(store: Store) -> None:
        first = await store.record_answer(replace(ANSWER, message=None))
        second = await store.record_answer(replace(ANSWER, message=None, question_message=52))
        assert first != second
        assert await store.record_answer(replace(ANSWER, id=first)) == first
        assert await store.answer_for_message(41) == replace(ANSWER, id=first)

    using(place, work)


def test_the_last_answer_to_a_question_counts(place: Place) -> None:
    async def work(store: Store) -> None:
        await store.record_answer(ANSWER)
        last = await store.record_answer(replace(ANSWER, message=42))
        assert await store.answer_for_question(51) == replace(ANSWER, id=last, message=42)

    using(place, work)


def test_an_edited_answer_keeps_its_number_and_loses_its_votes(place: Place) -> None:
    async def work(store: Store) -> None:
        id_ = await store.record_answer(ANSWER)
        await store.vote(id_, 12, True)
        await store.mark_changed(id_, [Mark(ANSWER.refs[0], "changed", "2026-03-05")])
        assert await store.record_answer(replace(ANSWER, fingerprint="ba9876543210")) == id_
        assert await store.votes(id_) == Votes(1, 0)
        other = replace(ANSWER, question="Who wrote it?")
        assert await store.record_answer(other) == id_
        assert (await store.answer(id_), await store.votes(id_)) == (replace(other, id=id_), Votes())

    using(place, work)


def test_one_vote_a_person_that_can_be_changed(place: Place) -> None:
    async def work(store: Store) -> None:
        id_ = await store.record_answer(ANSWER)
        assert await store.vote(id_, 12, True) == Votes(1, 0)
        assert await store.vote(id_, 12, True) == Votes(1, 0)
        assert await store.vote(id_, 13, False) == Votes(1, 1)
        assert await store.vote(id_, 12, False) == Votes(0, 2)
        assert await store.rated_answers() == ((replace(ANSWER, id=id_), Votes(0, 2)),)
        assert await store.remove_answer(id_)
        assert not await store.remove_answer(id_)
        assert await store.vote(id_, 12, True) is None
        assert (await store.votes(id_), await store.rated_answers()) == (Votes(), ())

    using(place, work)


def test_gaps_count_equal_questions_most_asked_first(place: Place) -> None:
    async def work(store: Store) -> None:
        for question in ("Who paid?", "Why?", "WHY ?", "why?", "  who\n PAID?"):
            await count_gap(store, question, "letters", 21)
        await count_gap(store, "Why?", "other", 21)
        await count_gap(store, "Why?", "letters", 22)
        await count_gap(store, "Why?", "letters", None)
        gaps = await store.gaps(21, 10)
        assert [(gap.question, gap.collection, gap.count) for gap in gaps] == [
            ("  who\n PAID?", "letters", 2), ("why?", "letters", 2), ("Why?", "other", 1), ("WHY ?", "letters", 1),
        ]  # fmt: skip
        assert timedelta(0) <= datetime.now(UTC) - gaps[0].last < timedelta(minutes=1)
        assert await store.gaps(21, 1) == gaps[:1]
        assert [gap.count for gap in await store.gaps(None, 10)] == [1]
        assert next((gap.question, gap.count) for gap in await store.all_gaps()) == ("Why?", 4)

    using(place, work)


def test_recent_answers_are_those_that_can_be_followed(place: Place) -> None:
    async def work(store: Store) -> None:
        ids = [
            await store.record_answer(replace(ANSWER, message=message, posted_at=NOW + timedelta(hours=message)))
            for message in range(5)
        ]
        await store.record_answer(replace(ANSWER, message=99, answered=False, refs=()))
        await store.record_answer(replace(ANSWER, message=None))
        assert await store.mark_unreachable(ids[3])
        since = NOW + timedelta(hours=1)
        assert [answer.id for answer in await store.recent_answers(since, 10)] == [ids[4], ids[2], ids[1]]
        assert [answer.id for answer in await store.recent_answers(since, 2)] == [ids[4], ids[2]]
        assert [answer.id for answer in await store.recent_answers(since, 2, "letters")] == [ids[4], ids[2]]
        assert await store.recent_answers(since, 2, "other") == ()
        marks = (
            Mark(ANSWER.refs[0], "moved", "2026-03-05", "a@1#2-3"),
            Mark(ANSWER.refs[1], "withdrawn", "2026-03-05"),
        )
        assert await store.mark_changed(ids[4], (*marks, Mark("uncited@1#2-3", "withdrawn", "2026-03-05")))
        assert [answer.marks for answer in await store.recent_answers(since, 1)] == [marks]
        assert not await store.mark_changed(1000, marks)

    using(place, work)


def test_what_a_user_left_is_forgotten_and_the_rest_is_kept(place: Place) -> None:
    secret = "Did my neighbour Xavier pay?"
    mine = replace(ANSWER, question=secret)
    theirs = replace(
        ANSWER, asker=12, message=42, question_message=52, history=(Turn(secret, ("He did.",)), Turn("Why?", ()))
    )
    elsewhere = replace(theirs, message=43, channel=32)

    async def work(store: Store) -> None:
        ids = [await store.record_answer(answer) for answer in (mine, theirs, elsewhere)]
        for user in (11, 12):
            await store.vote(ids[1], user, True)
            await count_gap(store, "Why?", "letters", 21, user)
        await count_gap(store, secret, "letters", 21, 11)
        assert await store.forget(11) == Forgotten(votes=1, questions=1, gaps=2)
        bare = replace(mine, id=ids[0], question="", history=(), asker=None)
        assert await store.answer(ids[0]) == bare
        assert await store.answer(ids[1]) == replace(theirs, id=ids[1], history=(Turn("Why?", ()),))
        assert await store.answer(ids[2]) == replace(elsewhere, id=ids[2])
        assert await store.votes(ids[1]) == Votes(1, 0)
        assert [(gap.question, gap.count) for gap in await store.gaps(21, 9)] == [("Why?", 1)]
        assert await store.forget(11) == Forgotten(0, 0, 0)
        await store.remove_answer(ids[2])
        await store.forget(11)
        assert not holds(place, "Xavier")

    using(place, work)


def test_many_tasks_may_ask_at_once(place: Place) -> None:
    async def work(store: Store) -> None:
        id_ = await store.record_answer(ANSWER)
        await asyncio.gather(*(store.vote(id_, user, user % 3 == 0) for user in range(90)))
        assert await store.votes(id_) == Votes(30, 60)

    using(place, work)


def test_a_closed_store_says_so(path: Path) -> None:
    async def run() -> None:
        store = Store.open(path)
        await store.close()
        await store.close()
        with pytest.raises(
            StoreUnusable, match=r"^The Discord bot's database .*quoth\.db is closed: quoth is shutting down\.$"
        ):
            await store.votes(1)

    asyncio.run(run())


def refused(path: Path, *, create: bool = True) -> str:
    """The sentence that a store which cannot be opened is refused with, without its path."""
    with pytest.raises(StoreUnusable) as caught:
        Store.open(path, create=create)
    return str(caught.value).replace(str(path), "PATH")


def test_a_file_that_is_no_database(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, and longer than a header of one" * 100)
    assert refused(path) == (
        "The Discord bot's database PATH is damaged or no database: move it away, and a new one is begun."
    )


def test_a_damaged_database(path: Path) -> None:
    async def fill(store: Store) -> None:
        for message in range(200):
            await store.record_answer(replace(ANSWER, message=message, question=f"{message}?" * 20))

    using(path, fill)
    raw = bytearray(path.read_bytes())
    raw[8192:40960] = os.urandom(40960 - 8192)
    path.write_bytes(raw)
    assert refused(path) == "The Discord bot's database PATH is damaged: move it away, and a new one is begun."


def test_a_database_of_a_newer_quoth_or_of_another_program(path: Path) -> None:
    using(path, lambda store: store.votes(1))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert refused(path) == (
        f"The Discord bot's database PATH is of a newer quoth (version 99, this one knows {len(TABLES)}): "
        "update quoth, or name another."
    )
    other = path.with_name("other.db")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    assert refused(other) == "The Discord bot's database PATH is a database of another program: name another file."


def test_a_place_that_holds_no_file(path: Path) -> None:
    path.mkdir(parents=True)
    assert refused(path) == (
        "The Discord bot's database PATH cannot be opened: make it and its folder readable and writable, "
        "or name another file."
    )
    below = path.parent / "file" / "quoth.db"
    below.parent.write_text("a file")
    assert re.fullmatch(r"The Discord bot's database PATH cannot be made \(.*\): name another file\.", refused(below))
    assert refused(path / "none.db", create=False) == (
        "The Discord bot's database PATH is not there: the bot makes it when it first runs."
    )
    assert not (path / "none.db").exists()


def test_a_locked_database(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat_log.sqlite.BUSY_AFTER", 0.05)

    async def work(store: Store) -> None:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable, match=r"quoth\.db is locked by another process: end that, or name another"):
            await store.record_answer(ANSWER)
        assert "locked by another process" in refused(path)
        other.execute("ROLLBACK")
        other.close()
        assert await store.record_answer(ANSWER) == 1

    using(path, work)


def test_a_database_that_cannot_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    using(path, lambda store: store.record_answer(ANSWER))
    real = sqlite3.connect

    def read_only(file: Path, **options: object) -> sqlite3.Connection:
        return real(f"file:{file}?mode=ro", uri=True, **options)  # type: ignore[call-overload, no-any-return]

    # As the file's permissions would, which bind no superuser.
    monkeypatch.setattr("bot.chat_log.sqlite.sqlite3.connect", read_only)
    assert refused(path) == (
        "The Discord bot's database PATH cannot be written: make it and its folder writable, or name another file."
    )


WRITER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from bot.chat_log.store import Store
from tests.bot.chat_log.test_store import ANSWER, count_gap

async def run():
    store = Store.open(Path(sys.argv[1]))
    number = 0
    while True:
        number += 1
        id_ = await store.record_answer(replace(ANSWER, message=number))
        await store.vote(id_, number, True)
        await count_gap(store, f"{number}?", "letters", 21, number)
        print(number, flush=True)

asyncio.run(run())
"""


def test_a_killed_process_leaves_a_database_with_all_that_was_kept(path: Path) -> None:
    message = 0
    for run in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path.with_name(f"{run}.db"))], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                message = int(line)
                if message == 20 + run:
                    process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL

        async def look(store: Store, message: int = message) -> None:
            last = await store.answer_for_message(message)
            assert last is not None
            assert last.id is not None
            assert await store.votes(last.id) == Votes(1, 0)
            assert len(await store.all_gaps()) >= message
            assert await store.record_answer(replace(ANSWER, message=10**9)) > message

        using(path.with_name(f"{run}.db"), look)


def test_a_write_that_fails_leaves_nothing_behind(path: Path) -> None:
    async def work(store: Store) -> None:
        with pytest.raises(AttributeError):
            await store.record_answer(replace(ANSWER, posted_at=None))  # type: ignore[arg-type]
        with pytest.raises(sqlite3.IntegrityError):
            await store.record_answer(replace(ANSWER, channel=None))  # type: ignore[arg-type]
        assert await store.gaps(21, 5) == ()
        await count_gap(store, "Why?", "letters", 21)
        assert [type(gap) for gap in await store.gaps(21, 5)] == [Gap]

    using(path, work)


OLD = """
INSERT INTO answers (id, collection, question, history, asker, guild, channel, message, question_message, fingerprint,
    refs, answered, posted_at)
VALUES (7, 'letters', 'Who signed it?', '[["Was it signed?", ["It was."]]]', 11, 21, 31, 41, 51, '0123456789ab',
    '["letter@3161f458d70e#961-1019"]', 1, 1772600000.0);
INSERT INTO votes (answer, user, useful) VALUES (7, 12, 1);
INSERT INTO gaps (key, question, collection, guild, asker, asked_at) VALUES ('why?', 'Why?', 'letters', 21, 11, 1.0);
PRAGMA application_id = 1903521652;
PRAGMA user_version = 1
"""


@pytest.fixture
def old(path: Path) -> Path:
    """A database of the first version, with an answer, a vote and a gap."""
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.executescript(f"{TABLES[0]}; {OLD}")
    return path


def test_what_an_older_database_holds_is_kept_and_private(old: Path) -> None:
    async def work(store: Store) -> None:
        answer = await store.answer_for_message(41)
        assert answer is not None
        assert (answer.id, answer.question, answer.private, answer.parent) == (7, "Who signed it?", True, None)
        assert answer.history == (Turn("Was it signed?", ("It was.",)),)
        assert await store.votes(7) == Votes(1, 0)
        assert (await store.rated_answers(), await store.all_gaps(), await store.gaps(21, 9)) == ((), (), ())
        assert await store.recent_answers(datetime.fromtimestamp(0, UTC), 9) == (answer,)
        new = await store.record_answer(replace(ANSWER, message=42))
        assert new > 7
        await store.vote(new, 12, True)
        await count_gap(store, "Why?", "letters", 21, 11)
        assert [rated.id for rated, _ in await store.rated_answers()] == [new]
        assert [gap.count for gap in await store.all_gaps()] == [1]

    using(old, work)
    using(old, lambda store: store.answer(7))
    with sqlite3.connect(old) as connection:
        assert connection.execute("SELECT count(*) FROM gaps").fetchone() == (2,)
    assert using(old, lambda store: store.forget(11)) == Forgotten(votes=0, questions=2, gaps=2)


@pytest.mark.parametrize("version", range(1, len(TABLES)))
def test_what_each_former_version_wrote_is_opened(path: Path, version: int) -> None:
    path.parent.mkdir()
    written = OLD.replace("user_version = 1", f"user_version = {version}")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{'; '.join(TABLES[:version])}; {written}")

    async def work(store: Store) -> None:
        answer = await store.answer_for_message(41)
        assert answer is not None
        assert (answer.question, await store.votes(7)) == ("Who signed it?", Votes(1, 0))
        await store.state.put("commands", "a")
        await store.state.put("commands", "b")
        assert (await store.state.get("commands"), await store.state.get("else")) == ("b", None)

    using(path, work)


def test_an_upgrade_that_fails_leaves_the_older_database(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "bot.chat_log.store.TABLES", (*TABLES, "CREATE TABLE more (name TEXT); CREATE TABLE votes (name TEXT)")
    )
    with pytest.raises(sqlite3.OperationalError):
        Store.open(old)
    with sqlite3.connect(old) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert len(connection.execute("SELECT * FROM answers").fetchone()) == 15
    monkeypatch.undo()
    assert using(old, lambda store: store.votes(7)) == Votes(1, 0)


def test_private_answers_are_in_no_list_and_their_parent_is_kept(place: Place) -> None:
    async def work(store: Store) -> None:
        hidden = replace(ANSWER, private=True, parent=30)
        id_ = await store.record_answer(hidden)
        await store.vote(id_, 12, True)
        assert await store.answer(id_) == replace(hidden, id=id_)
        assert await store.rated_answers() == ()

    using(place, work)


def test_a_gap_goes_with_the_answer_that_told_of_it(place: Place) -> None:
    async def work(store: Store) -> None:
        for message in (41, 42):
            id_ = await store.record_answer(replace(ANSWER, question="Why?", message=message, answered=False))
            await count_gap(store, "Why?", "letters", 21, 11, id_)
        assert [gap.count for gap in await store.gaps(21, 9)] == [2]
        await store.record_answer(replace(ANSWER, question="Who?", id=id_, message=42))
        assert [gap.count for gap in await store.gaps(21, 9)] == [1]
        assert await store.remove_answer(id_ - 1)
        assert await store.gaps(21, 9) == ()

    using(place, work)


def test_a_removed_question_is_overwritten_with_what_leant_on_it(place: Place) -> None:
    secret = "Did my neighbour Xavier pay?"
    quotes = Turn("", ("He did.",))
    later = replace(ANSWER, message=42, question_message=52, history=(Turn(secret), quotes, Turn("Why?")))

    async def work(store: Store) -> None:
        for change in ("removed", "reworded"):
            id_ = await store.record_answer(replace(ANSWER, question=secret))
            leant = await store.record_answer(later)
            elsewhere = await store.record_answer(replace(later, message=43, channel=32))
            if change == "removed":
                await store.remove_answer(id_)
            else:
                await store.record_answer(replace(ANSWER, id=id_, question=""))
                await store.record_answer(replace(ANSWER, id=id_, question="Who?"))
            assert await store.answer(leant) == replace(later, id=leant, history=(quotes, Turn("Why?")))
            await store.remove_answer(elsewhere)
            assert not holds(place, "Xavier")

    using(place, work)


def test_a_channel_goes_with_its_threads_and_a_guild_with_all(place: Place) -> None:
    thread = replace(ANSWER, channel=33, parent=31, message=42)
    others = (replace(ANSWER, channel=34, message=43), replace(ANSWER, channel=35, message=44, guild=22))

    async def work(store: Store) -> None:
        ids = [await store.record_answer(answer) for answer in (ANSWER, thread, *others)]
        assert await store.remove_channel(31) == {31, 33}
        assert await store.remove_channel(31) == frozenset()
        assert [await store.answer(id_) is not None for id_ in ids] == [False, False, True, True]
        assert await store.remove_guild(21) == {34}
        assert [await store.answer(id_) is not None for id_ in ids] == [False, False, False, True]

    using(place, work)


def test_an_answer_that_was_removed_is_not_recorded_again(place: Place) -> None:
    async def work(store: Store) -> None:
        id_ = await store.record_answer(replace(ANSWER, message=None))
        assert await store.mark_sent(id_, 41)
        assert await store.answer_for_message(41) == replace(ANSWER, id=id_)
        await store.remove_answer(id_)
        with pytest.raises(AnswerRemoved):
            await store.record_answer(replace(ANSWER, id=id_), is_gap=True)
        assert not await store.mark_sent(id_, 41)
        assert not await store.blank_answer(id_)
        assert (await store.answer(id_), await store.gaps(21, 9)) == (None, ())

    using(place, work)


def test_a_gap_is_counted_with_its_answer_and_goes_when_that_is_blanked(place: Place) -> None:
    async def work(store: Store) -> None:
        id_ = await store.record_answer(replace(ANSWER, answered=False, refs=()), is_gap=True)
        assert await store.record_answer(replace(ANSWER, id=id_, answered=False, refs=()), is_gap=True) == id_
        later = await store.record_answer(replace(ANSWER, message=42, history=(Turn(ANSWER.question),)))
        assert [(gap.question, gap.count) for gap in await store.gaps(21, 9)] == [(ANSWER.question, 1)]
        assert await store.blank_answer(id_)
        assert await store.answer(id_) == replace(ANSWER, id=id_, question="", refs=(), answered=False)
        assert await store.answer(later) == replace(ANSWER, id=later, message=42, history=())
        assert await store.gaps(21, 9) == ()

    using(place, work)


def test_recent_questions_are_those_that_a_message_asked_or_carries(place: Place) -> None:
    async def work(store: Store) -> None:
        bare = replace(ANSWER, message=None, question_message=None)
        answers = (
            ANSWER,
            replace(ANSWER, message=42, question_message=None, posted_at=NOW + timedelta(hours=1)),
            replace(ANSWER, message=43, question=""),
            replace(ANSWER, message=44, posted_at=NOW - timedelta(hours=1)),
            bare,
        )
        ids = [await store.record_answer(answer) for answer in answers]
        assert [answer.id for answer in await store.recent_questions(NOW, 9)] == [ids[1], ids[2], ids[0]]
        assert [answer.id for answer in await store.recent_questions(NOW, 1)] == [ids[1]]
        private = await store.record_answer(replace(bare, private=True))
        waiting = await store.record_answer(replace(ANSWER, message=None))
        await store.remove_unsent()
        left = [id_ for id_ in (*ids, private, waiting) if await store.answer(id_) is not None]
        assert left == [*ids[:-1], private, waiting]

    using(place, work)


def test_answers_that_leaned_on_what_is_forgotten_are_stale_until_they_are_edited(place: Place) -> None:
    async def work(store: Store) -> None:
        first = await store.record_answer(replace(ANSWER, history=()))
        leaning = replace(ANSWER, question="And why?", history=(Turn(ANSWER.question),))
        others = (
            replace(leaning, message=42),
            replace(leaning, message=None),
            replace(leaning, message=44, history=(Turn("Who else?"),)),
            replace(leaning, message=45, asker=12),
        )
        ids = [await store.record_answer(answer) for answer in others]
        assert await store.stale_answers() == ()
        store.has_stale.clear()
        await store.remove_answer(first)
        assert store.has_stale.is_set()
        assert [answer.message for answer in await store.stale_answers()] == [42, 45]
        store.has_stale.clear()
        await store.mark_sent(ids[1], 43)
        assert store.has_stale.is_set()
        await store.mark_fresh(ids[0])
        await store.record_answer(replace(others[3], id=ids[3], fingerprint="ba9876543210"))
        assert [answer.message for answer in await store.stale_answers()] == [43, 45]
        assert ANSWER.asker is not None
        await store.forget(ANSWER.asker)
        assert [answer.message for answer in await store.stale_answers()] == [43, 44, 45]

    using(place, work)


DAMAGES = [
    "history = '_[\"Why?\", []]]'",
    "history = X'5b5b22ff'",
    "history = '[[1, []]]'",
    "history = '{}1'",
    "history = CAST(X'ff' AS TEXT)",
    "question = X'ff'",
    "question = CAST(X'ff' AS TEXT)",
    "refs = '7'",
    "refs = '[7]'",
    'marks = \'[["a@1#2-3", "lost", "2026-03-05", null]]\'',
    "channel = 'general'",
    "asker = 'ann'",
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_keeps_no_other_back(path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    async def work(store: Store) -> None:
        ids = [await store.record_answer(replace(ANSWER, message=40 + at, question_message=50 + at)) for at in range(2)]
        for id_ in ids:
            await store.vote(id_, 12, True)
        await store._database.write(lambda connection: connection.execute(f"UPDATE answers SET {damage} WHERE id = 1"))
        since = datetime.fromtimestamp(0, UTC)
        assert [answer.id for answer in await store.recent_questions(since, 9)] == ids[1:]
        assert [answer.id for answer in await store.recent_answers(since, 9, skip_damaged=True)] == ids[1:]
        assert "the database of past answers is damaged in row 1 of answers" in caplog.text
        remedy = r"is damaged in row 1 of answers: move it away, and a new one is begun, or delete that row\.$"
        for command in (store.rated_answers(), store.recent_answers(since, 9), store.answer(1)):
            with pytest.raises(StoreUnusable, match=remedy):
                await command
        await store.forget(99)
        assert await store.remove_answer(ids[1])
        assert await store.remove_answer(ids[0])
        assert await store.recent_questions(since, 9) == ()

    using(path, work)


def test_a_damaged_gap_keeps_no_other_back(path: Path) -> None:
    async def work(store: Store) -> None:
        for question in ("Who?", "Why?"):
            await count_gap(store, question, "letters", 21)
        await store._database.write(
            lambda connection: connection.execute("UPDATE gaps SET question = X'ff' WHERE id = 1")
        )
        assert [gap.question for gap in await store.gaps(21, 9)] == ["Why?"]
        with pytest.raises(StoreUnusable, match=r"is damaged in row 1 of gaps: move it away"):
            await store.all_gaps()

    using(path, work)


def test_what_is_too_old_is_removed_with_its_votes(place: Place) -> None:
    async def work(store: Store) -> None:
        old = await store.record_answer(replace(ANSWER, question="xylophone?", answered=False), is_gap=True)
        await store.vote(old, 12, True)
        recent = replace(ANSWER, message=42, posted_at=NOW + timedelta(days=2))
        new = await store.record_answer(recent)
        await count_gap(store, "xylophone?", "letters", 21)
        assert await store.prune(datetime.now(UTC) + timedelta(days=1)) >= 2
        assert (await store.answer(old), await store.all_gaps()) == (None, ())
        assert await store.prune(NOW) == 0
        del new

    using(place, work)
    assert not holds(place, "xylophone")


def test_of_a_guild_that_is_left_nothing_is_kept(place: Place) -> None:
    async def work(store: Store) -> None:
        await store.record_answer(ANSWER)
        await count_gap(store, "Why?", "letters", 21)
        await count_gap(store, "Why?", "letters", 22)
        await store.inbox.add(WaitingQuestion(7, 31, 21, 11, Command("token", "Why?", None, False, None)))
        assert await store.guilds() == {21, 22}
        await store.remove_guild(21)
        assert await store.guilds() == {22}
        assert await store.inbox.waiting() == ()

    using(place, work)


def test_what_waits_is_kept_until_it_is_removed_or_forgotten(place: Place) -> None:
    command = WaitingQuestion(8, 31, None, 12, Command("token", "Why\ud800?", 3, True, 30, "de"))

    async def work(store: Store) -> None:
        message = WaitingQuestion(7, 31, 21, 11)
        for waiting in (command, message, message):
            await store.inbox.add(waiting)
        assert await store.inbox.waiting() == (
            message,
            replace(command, command=Command("token", "Why??", 3, True, 30, "de")),
        )
        await store.inbox.finish(7)
        await store.forget(12)
        assert await store.inbox.waiting() == ()

    using(place, work)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """Files that are made without a mode of their own can be read by all."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(path: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in path.parent.glob(f"{path.name}*")}


@pytest.mark.usefixtures("open_umask")
def test_nobody_else_may_read_the_database(path: Path) -> None:
    async def modes_in_use(store: Store) -> dict[str, int]:
        await store.record_answer(ANSWER)
        return modes(path)

    closed = {f"{path.name}{ending}": 0o600 for ending in ("", "-wal", "-shm")}
    assert using(path, modes_in_use) == closed
    path.chmod(0o644)  # as earlier versions made it
    assert using(path, modes_in_use) == closed


@pytest.mark.usefixtures("open_umask")
def test_what_a_killed_bot_left_beside_an_open_database_is_closed_too(path: Path) -> None:
    async def opened_again(store: Store) -> dict[str, int]:
        await store.record_answer(ANSWER)
        for file in path.parent.glob(f"{path.name}*"):
            file.chmod(0o644)
        other = Store.open(path)
        await other.close()
        return modes(path)

    assert set(using(path, opened_again).values()) == {0o600}


@pytest.mark.usefixtures("open_umask")
def test_the_mode_of_another_programs_database_is_left(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreUnusable, match="another program"):
        Store.open(path)
    assert modes(path) == {path.name: 0o644}
