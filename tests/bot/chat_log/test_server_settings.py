"""What the moderators of servers have set: kept, logged, and erased with the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat_log.address import Place
from bot.chat_log.server_settings import SettingChange
from bot.chat_log.sqlite import back_up
from bot.chat_log.store import Store
from tests.bot.chat_log.test_store import NOW, using


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store of a test lies."""
    return tmp_path / "quoth.db"


def log_of(place: Place, guild: int) -> list[SettingChange]:
    """The changes in a guild, newest first, as of one moment."""
    changes = using(place, lambda store: store.server_settings.changes(guild, 10))
    assert all(timedelta(0) <= datetime.now(UTC) - change.at < timedelta(minutes=1) for change in changes)
    return [replace(change, at=NOW) for change in changes]


def change(before: str | None, after: str | None, user: int | None = 11) -> SettingChange:
    """A change of the cool-down."""
    return SettingChange("cooldown", before, after, user, NOW)


def test_settings_are_kept_over_a_restart_with_who_changed_what(place: Place) -> None:
    def put(guild: int, value: str | None, user: int) -> bool:
        return using(place, lambda store: store.server_settings.put(guild, "cooldown", value, user))

    assert [put(21, "5", 11), put(21, "5", 12), put(21, "7", 12)] == [True, False, True]
    assert [put(21, None, 11), put(21, None, 11), put(22, "9", 13)] == [True, False, True]
    assert using(place, lambda store: store.server_settings.all()) == {22: {"cooldown": "9"}}
    assert log_of(place, 21) == [change("7", None), change("5", "7", 12), change(None, "5")]
    assert using(place, lambda store: store.server_settings.changes(21, 1))[0].before == "7"


def test_a_guild_that_was_left_takes_its_settings_and_their_log_along(place: Place) -> None:
    async def work(store: Store) -> None:
        for guild in (21, 22):
            await store.server_settings.put(guild, "cooldown", "5", 11)
        assert await store.guilds() == {21, 22}
        await store.remove_guild(21)
        assert await store.guilds() == {22}
        assert await store.server_settings.all() == {22: {"cooldown": "5"}}

    using(place, work)
    assert log_of(place, 21) == []


def test_who_is_forgotten_is_named_in_no_log(place: Place) -> None:
    using(place, lambda store: store.server_settings.put(21, "cooldown", "5", 11))
    using(place, lambda store: store.server_settings.put(21, "cooldown", "7", 12))
    using(place, lambda store: store.forget(11))
    assert log_of(place, 21) == [change("5", "7", 12), change(None, "5", None)]


def test_the_log_is_pruned_and_the_settings_stay(place: Place) -> None:
    using(place, lambda store: store.server_settings.put(21, "cooldown", "5", 11))
    using(place, lambda store: store.prune(datetime.now(UTC) + timedelta(days=1)))
    assert log_of(place, 21) == []
    assert using(place, lambda store: store.server_settings.all()) == {21: {"cooldown": "5"}}


def test_a_backup_has_them_too(path: Path, tmp_path: Path) -> None:
    using(path, lambda store: store.server_settings.put(21, "cooldown", "5", 11))
    back_up(path, tmp_path / "copy.db")
    assert using(tmp_path / "copy.db", lambda store: store.server_settings.all()) == {21: {"cooldown": "5"}}
    assert log_of(tmp_path / "copy.db", 21) == [change(None, "5")]
