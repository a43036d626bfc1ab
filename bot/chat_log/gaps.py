"""Questions without an answer: read together, and settled by moderators.

That one is settled is kept with each time it was asked, and with nothing else: it goes with the question's words.
"""

from __future__ import annotations

from bot.chat_log.connection import Connection
from bot.chat_log.records import Gap
from bot.chat_log.tables import gap_of, readable

OPEN = "NOT settled"
EXPORTED = "(NOT settled OR passage IS NOT NULL)"
_GROUP = "SELECT guild, collection, key FROM gaps WHERE id = ? AND guild = ?"


def list_gaps(
    connection: Connection, where: str, *values: object, limit: int, skip_damaged: bool = False
) -> tuple[Gap, ...]:
    """Return public questions, equal ones counted together, most asked first, then last asked."""
    sql = f"""SELECT question, collection, times, asked_at, id, (
            SELECT passage FROM gaps AS other WHERE (other.collection, other.key) = (latest.collection, latest.key)
            AND passage IS NOT NULL AND NOT private ORDER BY id DESC LIMIT 1
        ) FROM (
            SELECT question, collection, key, asked_at, id, count(*) OVER (PARTITION BY collection, key) AS times,
            row_number() OVER (PARTITION BY collection, key ORDER BY asked_at DESC, id DESC) AS place
            FROM gaps WHERE NOT private AND {where}
        ) AS latest WHERE place = 1 ORDER BY times DESC, asked_at DESC, key, collection LIMIT ?"""
    rows = connection.execute(sql, (*values, limit))
    return tuple(readable(rows, gap_of) if skip_damaged else map(gap_of, rows))


def settle(connection: Connection, id_: int, guild: int, passage: str | None) -> bool:
    """Take a question off a guild's lists, however often it was asked; return whether it was known."""
    sql = f"UPDATE gaps SET settled = TRUE, passage = ? WHERE (guild, collection, key) = ({_GROUP})"
    return connection.execute(sql, (passage, id_, guild)).rowcount > 0


def settle_as_before(connection: Connection, id_: int) -> None:
    """Settle a question that was asked again as the same one in the same guild was."""
    former = connection.execute(
        """SELECT former.passage FROM gaps AS former JOIN gaps AS again
        ON (former.guild, former.collection, former.key) = (again.guild, again.collection, again.key)
        WHERE again.id = ? AND former.settled ORDER BY former.id DESC LIMIT 1""",
        (id_,),
    ).fetchone()
    if former is not None:
        connection.execute("UPDATE gaps SET settled = TRUE, passage = ? WHERE id = ?", (*former, id_))
