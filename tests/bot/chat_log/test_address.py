"""What names the Discord bot's database: a file, or the address of a server, which is never taken for a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat_log.address import ServerAddress, place_of


@pytest.mark.parametrize(
    "text",
    [
        "postgresql:/bot:pw@db/quoth",
        "postgresql:///bot:pw@db/quoth",
        "postgresql://db/bot:pw@quoth",
        "postgresql//bot:pw@db/quoth",
        "postgresql:\\\\bot:pw@db\\quoth",
        "postgresql+psycopg://bot:pw@db/quoth",
        "postgresq://bot:pw@db/quoth",
        " postgresql://bot:pw@db/quoth#1",
        '"postgresql://bot:pw@db/quoth"',
        "jdbc:postgresql://db/quoth?password=pw",
        "mysql://bot:pw@db/quoth",
        "host=db password=pw dbname=quoth",
        "postgresql://h:x/d",
        "postgresql://s3cret@h",
        "postgresql://[h/d",
        "postgresql:///d#s",
        "postgresql://ann:12/s3cret@h/d",
        "postgresql://h/d%0Ax",
        "postgresql://h/d%00",
    ],
)
def test_an_address_in_a_wrong_form_is_no_file_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^it is no address of a database$"):
        place_of(text)


@pytest.mark.parametrize(
    "text", ["chat.db", "postgresql/chat.db", "/var/lib/quoth/chat.db", r"C:\bot\chat.db", "./a:b.db"]
)
def test_a_file(text: str) -> None:
    assert place_of(text) == Path(text)


def test_letters_of_a_scheme_may_be_capitals() -> None:
    assert str(place_of("POSTGRESQL://bot:pw@db/quoth")) == "postgresql://db/quoth"


def test_an_address_shows_neither_who_connects_nor_how() -> None:
    address = ServerAddress.parse("postgresql://ann:s3cr%2Fet@db.example:6543/chat?sslmode=require&password=s3cret")
    assert (str(address), repr(address)) == ("postgresql://db.example:6543/chat",) * 2
    assert dict(address.options)["password"] == "s3cret"
    assert dict(ServerAddress.parse("postgres://ann:s3cr%2Fet@[::1]/c").options) == {
        **{"host": "::1", "user": "ann", "password": "s3cr/et", "dbname": "c"}
    }
    assert f"{ServerAddress.parse('postgresql://ann@[::1]/c')}" == "postgresql://[::1]/c"
