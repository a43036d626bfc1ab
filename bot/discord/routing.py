"""Which collection answers where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.answering.collection import Collection
from bot.discord.access import Where


class Corpora:
    """The default collection, and those of certain servers and channels."""

    def __init__(self, default: Collection, by_id: Mapping[int, Collection] | None = None) -> None:
        """`by_id` maps ids of channels and servers to their collections."""
        self.default, self._by_id = default, dict(by_id or {})

    def of(self, where: Where) -> Collection:
        """Return a place's collection: its channel's, else that of the channel it belongs to, else its server's."""
        places = (*where.channels, *((where.guild,) if where.guild is not None else ()))
        return next((self._by_id[place] for place in places if place in self._by_id), self.default)

    def is_own(self, place: int, collection: Collection) -> bool:
        """Return whether a server or channel itself is given this collection."""
        return self._by_id.get(place) is collection

    def __iter__(self) -> Iterator[Collection]:
        """Yield each collection once."""
        return iter({collection.name: collection for collection in (self.default, *self._by_id.values())}.values())
