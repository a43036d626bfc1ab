"""Messages that a webhook says again for people who share an account, as PluralKit does: it then deletes their own."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import discord

MOST = 1000


@dataclass(frozen=True, slots=True)
class _Proxy:
    channel: int
    text: str


class Proxies:
    """Remembers what webhooks said lately that asks the bot something."""

    def __init__(self) -> None:
        self._proxies: OrderedDict[int, _Proxy] = OrderedDict()

    def note(self, message: discord.Message, question: str) -> None:
        """Note a message of a webhook."""
        self._proxies[message.id] = _Proxy(message.channel.id, question)
        if len(self._proxies) > MOST:
            self._proxies.popitem(last=False)

    def of(self, id_: int, channel: int, question: str) -> int | None:
        """Return the message that says a question again: a later one of its channel, perhaps without its mark."""
        for proxy, said in self._proxies.items():
            if proxy > id_ and said.channel == channel and said.text and said.text in question:
                return proxy
        return None
