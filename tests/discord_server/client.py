"""Points discord.py at a server of the tests, for as long as a `with` lasts."""

import contextlib
from collections.abc import Iterator

import discord.client
import discord.gateway
import discord.http
import yarl

from tests.discord_server.server import DiscordServer


@contextlib.contextmanager
def pointed_at(server: DiscordServer) -> Iterator[None]:
    """discord.py's two addresses, the API's base and the first gateway, moved to the server and back again.

    Also its own class of gateway connections: a bot of this process may have put another in its place.
    """
    websocket, route = discord.gateway.DiscordWebSocket, discord.http.Route
    before = route.BASE, websocket.DEFAULT_GATEWAY, discord.client.DiscordWebSocket
    route.BASE, websocket.DEFAULT_GATEWAY = server.url, yarl.URL(server.gateway.url)
    discord.client.DiscordWebSocket = websocket  # type: ignore[misc]
    try:
        yield
    finally:
        route.BASE, websocket.DEFAULT_GATEWAY, discord.client.DiscordWebSocket = before  # type: ignore[misc]
