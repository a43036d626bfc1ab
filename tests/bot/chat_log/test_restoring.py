"""A backup put back: checked first, in one step, the database before kept, and what was removed since left out."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.chat_log import restoring
from bot.chat_log.database import StoreUnusable
from bot.chat_log.names import replaced
from bot.chat_log.restoring import BackupUnusable, Restored, restore
from bot.chat_log.sqlite import back_up
from bot.chat_log.store import PostedAnswer, Store
from bot.chat_log.tables import APPLICATION, TABLES
from tests.bot.chat_log.test_store import ANSWER, using

NOW = datetime(2026, 11, 27, 9, 30, 15)


def another(number: int, asker: int = 11) -> PostedAnswer:
    return replace(
        ANSWER,
        question=f"Question {number}?",
        history=(),
        asker=asker,
        message=40 + number,
        question_message=50 + number,
        refs=(),
    )


def recording(*answers: PostedAnswer) -> Callable[[Store], Awaitable[None]]:
    async def work(store: Store) -> None:
        for answer in answers:
            await store.record_answer(answer, is_gap=not answer.refs)

    return work


def questions(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [question for (question,) in connection.execute("SELECT question FROM answers ORDER BY id")]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chat.db"


@pytest.fixture
def backup(store: Path, tmp_path: Path) -> Path:
    """A copy of the store as it is with three answers."""
    using(store, recording(another(1), another(2), another(3, asker=12)))
    back_up(store, tmp_path / "backup.db")
    for rest in store.parent.glob("chat.db-*"):  # an empty log, which who only reads cannot remove
        rest.unlink()
    return tmp_path / "backup.db"


def test_a_database_that_is_a_link_is_replaced_where_it_lies(store: Path, backup: Path, tmp_path: Path) -> None:
    """What people wrote would otherwise stay there, under a name that nobody is told, and for ever."""
    store.rename(tmp_path / "disk.db")
    store.symlink_to(tmp_path / "disk.db")
    using(store, recording(another(4)))
    outcome = restore(backup, store, NOW)
    aside = tmp_path / "disk-replaced-2026-11-27-093015.db"
    assert outcome.replaced == aside
    assert store.is_symlink()
    assert (len(questions(tmp_path / "disk.db")), len(questions(aside))) == (3, 4)
    assert os.listdir(store.parent) == ["chat.db"]
    assert [path for path, _ in replaced(store)] == [aside]


def test_a_database_of_a_newer_quoth_is_not_replaced(store: Path, backup: Path) -> None:
    """What was removed from it since is told by tables that this quoth does not know."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreUnusable, match=r"is of a newer quoth \(version 99, this one knows \d+\): update quoth"):
        restore(backup, store, NOW)
    assert os.listdir(store.parent) == ["chat.db"]


def test_the_database_before_is_kept_under_a_dated_name(store: Path, backup: Path) -> None:
    using(store, recording(another(4)))
    store.chmod(0o644)
    outcome = restore(backup, store, NOW)
    aside = store.with_name("chat-replaced-2026-11-27-093015.db")
    assert outcome == Restored(3, aside, 0)
    assert questions(store) == ["Question 1?", "Question 2?", "Question 3?"]
    assert questions(aside) == ["Question 1?", "Question 2?", "Question 3?", "Question 4?"]
    assert sorted(os.listdir(store.parent)) == [aside.name, "chat.db"]
    assert {file.stat().st_mode & 0o777 for file in (store, aside)} == {0o600}


def test_where_there_is_no_database_the_backup_becomes_it(store: Path, backup: Path) -> None:
    store.unlink()
    store.parent.rmdir()
    assert restore(backup, store, NOW) == Restored(3, None, None)
    assert len(questions(store)) == 3


def test_a_database_in_use_is_left_alone(store: Path, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "PATIENCE", 0.05)
    before = store.read_bytes()

    async def meanwhile(running: Store) -> None:
        with pytest.raises(StoreUnusable, match="is in use: stop the bot first"):
            restore(backup, store, NOW)
        assert await running.answer(1)

    using(store, meanwhile)
    assert [name for name in os.listdir(store.parent) if name.startswith(".") or "replaced" in name] == []
    assert store.read_bytes()[:16] == before[:16]
    assert restore(backup, store, NOW).answers == 3


def test_a_damaged_database_is_replaced_with_all_that_lies_beside_it(store: Path, backup: Path) -> None:
    store.write_bytes(b"no database at all" * 500)
    store.with_name("chat.db-wal").write_bytes(b"what would be read into the next one")
    outcome = restore(backup, store, NOW)
    assert outcome.removed is None
    assert outcome.replaced is not None
    assert outcome.replaced.read_bytes().startswith(b"no database")
    assert outcome.replaced.with_name(f"{outcome.replaced.name}-wal").exists()
    assert list(store.parent.glob("chat.db-*")) == []
    assert len(questions(store)) == 3


def test_what_was_deleted_forgotten_or_reworded_since_stays_so(store: Path, backup: Path) -> None:
    async def work(running: Store) -> None:
        await running.remove_answer(1)
        await running.record_answer(replace(another(2), id=2, question="Another wording?"))
        await running.forget(12)

    using(store, work)
    assert restore(backup, store, NOW).removed == 3
    assert questions(store) == ["", ""]
    raw = store.read_bytes()
    assert b"Question 1?" not in raw
    assert b"Question 2?" not in raw
    assert b"Question 3?" not in raw
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT asker FROM answers ORDER BY id").fetchall() == [(11,), (None,)]
        assert connection.execute("SELECT count(*) FROM gaps").fetchone() == (0,)


def test_what_was_removed_stays_so_where_no_answer_is_left(store: Path, backup: Path) -> None:
    async def work(running: Store) -> None:
        for number in (1, 2, 3):
            await running.remove_answer(number)

    using(store, work)
    assert restore(backup, store, NOW).removed == 3
    assert questions(store) == []


def test_of_a_backup_without_answers_nothing_is_in_it_again(store: Path, backup: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    using(empty, recording())
    assert restore(empty, store, NOW).removed == 0


def test_a_backup_of_an_earlier_quoth_is_known_by_its_answers_alone(store: Path, tmp_path: Path) -> None:
    version = next(number for number, sql in enumerate(TABLES) if "randomblob" in sql)
    for table in range(version):
        with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
            connection.executescript(TABLES[table])
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {version}")
            connection.commit()
    using(store, recording(another(1)))
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection, connection:
        connection.execute("ATTACH ? AS now", (str(store),))
        connection.execute("INSERT INTO answers SELECT * FROM now.answers")
    assert restore(tmp_path / "old.db", store, NOW).removed == 0
    using(store, lambda running: running.remove_answer(1))
    assert restore(tmp_path / "old.db", store, NOW.replace(hour=10)).removed is None


def test_a_database_that_was_begun_anew_removes_nothing(store: Path, backup: Path) -> None:
    """Its numbers are those of other answers."""
    store.unlink()
    using(store, recording(replace(another(1), message=99, posted_at=datetime.fromisoformat("2026-09-01T00:00:00Z"))))
    assert restore(backup, store, NOW).removed is None
    assert len(questions(store)) == 3


def test_a_backup_of_an_earlier_quoth_is_brought_up(store: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(TABLES[0])
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("PRAGMA user_version = 1")
    assert restore(old, store, NOW).answers == 0
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(TABLES),)


def spoilt(backup: Path) -> None:
    raw = bytearray(backup.read_bytes())
    raw[4096:8192] = os.urandom(4096)
    backup.write_bytes(raw)


def executing(sql: str) -> Callable[[Path], None]:
    def change(backup: Path) -> None:
        with closing(sqlite3.connect(backup)) as connection:
            connection.execute(sql)

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Path.unlink, "is not there: name a file that `quoth store backup` wrote"),
        (lambda backup: (backup.unlink(), backup.mkdir()), "is a folder: name a file that `quoth store backup` wrote"),
        (spoilt, "is damaged or no database"),
        (lambda backup: backup.write_text("a letter, and no database"), "is damaged or no database"),
        (executing("PRAGMA application_id = 7"), "is no database of quoth's bot"),
        (
            executing("PRAGMA user_version = 99"),
            "is of a newer quoth .version 99, this one knows [0-9]+.: update quoth",
        ),
    ],
)
def test_a_backup_that_is_none_changes_nothing(
    store: Path, backup: Path, change: Callable[[Path], object], reason: str
) -> None:
    before = store.read_bytes()
    change(backup)
    with pytest.raises(BackupUnusable, match=reason):
        restore(backup, store, NOW)
    assert (store.read_bytes(), os.listdir(store.parent)) == (before, ["chat.db"])


def test_another_programs_database_is_not_replaced(store: Path, backup: Path) -> None:
    store.unlink()
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreUnusable, match="is a database of another program"):
        restore(backup, store, NOW)


@pytest.mark.parametrize(
    "step", ["bot.chat_log.restoring.give_name", "pathlib.Path.replace", "bot.chat_log.restoring.sync"]
)
def test_a_step_that_fails_leaves_a_whole_database(
    store: Path, backup: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(step, fail)
    with pytest.raises(Exception, match="No space left"):
        restore(backup, store, NOW)
    assert len(questions(store)) == 3
    assert [name for name in os.listdir(store.parent) if name.startswith(".")] == []


def test_what_killed_restorations_left_goes(store: Path, backup: Path) -> None:
    for name in (".chat.db.12893", ".chat.db.12893-wal", ".chat.db.12893-shm"):
        (store.parent / name).write_bytes(b"a question that was deleted since")
    own = store.parent / ".chat.db.notes"
    own.write_text("somebody's own")
    restore(backup, store, NOW)
    assert [name for name in sorted(os.listdir(store.parent)) if name.startswith(".")] == [own.name]
