"""Which collection answers where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from bot.answering.collection import Collection
from bot.discord.access import Where

DEFAULT = 0
"""In place of an id: the place that the default collection belongs to."""


class Corpora:
    """The default collection, and those of certain servers and channels."""

    def __init__(
        self,
        default: Collection,
        by_id: Mapping[int, Collection] | None = None,
        shared: Callable[[int | None], Mapping[int, int]] = lambda guild: {},
    ) -> None:
        """`by_id` maps ids of channels and servers to their collections.

        `shared` returns for a server the channels that moderators have given the collection of another place there: its
        id, or DEFAULT. They cannot name a collection itself, which may be another server's.
        """
        self.default, self._by_id, self._shared = default, dict(by_id or {}), shared

    def of(self, where: Where) -> Collection:
        """Return a place's collection: its channel's, else that of the channel it belongs to, else its server's."""
        shared = self._shared(where.guild)
        for place in where.channels:
            if place in self._by_id:
                return self._by_id[place]
            source = shared.get(place)
            if source == DEFAULT:
                return self.default
            if source in self._by_id:
                return self._by_id[source]
        return self.default if where.guild is None else self._by_id.get(where.guild, self.default)

    def offered(self, places: Iterable[int]) -> Mapping[int, Collection]:
        """Return the collections that the channels of a server may share, each once, by the place that has it.

        `places` holds the ids of the server and of its channels.
        """
        by_place = {DEFAULT: self.default}
        for place in places:
            if place in self._by_id and self._by_id[place] not in by_place.values():
                by_place[place] = self._by_id[place]
        return by_place

    def has_own(self, place: int) -> bool:
        """Return whether the operator has given a server or channel a collection."""
        return place in self._by_id

    def is_own(self, place: int, collection: Collection) -> bool:
        """Return whether a server or channel itself is given this collection."""
        return self._by_id.get(place) is collection

    def __iter__(self) -> Iterator[Collection]:
        """Yield each collection once."""
        return iter({collection.name: collection for collection in (self.default, *self._by_id.values())}.values())
