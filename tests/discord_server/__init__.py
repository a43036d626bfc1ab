"""A Discord for tests: gateway, REST API and people, on the loopback interface, spoken to by the real discord.py.

What a client must do. The server's address is `server.url` ("http://127.0.0.1:PORT/api/v10"). discord.py 2.7 keeps
two addresses as class attributes, and both have to be moved before the client logs in:

    discord.http.Route.BASE = url                                  # REST; interactions and webhooks use it as well
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)    # discord.Client never asks for it itself

where `gateway` is the "url" of `GET {url}/gateway/bot` with the bot's token (also `server.gateway.url`). Later
connections resume at the address that READY names, which is this server's. `client.pointed_at(server)` does both for
a `with`. discord.py says "ready" two seconds after the last guild: tests pass `guild_ready_timeout=0.1` to the client.
It gives a silent connection up after `heartbeat_timeout=60`: tests of zombies pass less. Before it identifies anew,
after an invalid session, it waits five seconds in `Client.before_identify_hook`: tests of that override the hook. It
does not survive a known event with garbage in it (its parser's error ends `Client.connect`): the bot has to.

    async with DiscordServer(privileged=["message_content"]) as server:
        guild = server.guild()
        channel = server.text_channel(guild)
        ann = server.user("ann")
        ...                                                        # start the bot with server.url and server.token
        await server.connected()
        await server.say(ann, channel, "<@BOT> who signed?")
        reply = await server.next_message(channel)
        used = await server.slash(ann, channel, "ask", question="Who signed?")
        answer = await used.response()                             # used.acknowledged_after, used.ephemeral
        await server.press(ann, answer, "Next")
        print(server.transcript(channel))

Modules, from the ground up: clock, errors, records, limits, world, mentions, payloads (Discord's nouns); changes,
connection, gateway, traffic, draft, interaction, commands, post (its verbs); backend, rest_*, rest (its routes);
options, components, acting, waiting, transcript, server (its people, and how tests drive them).
"""

from tests.discord_server.errors import NothingCame, NotOffered
from tests.discord_server.interaction import Choice, Interaction, Modal
from tests.discord_server.records import Attachment, Channel, Guild, Message, Role, User
from tests.discord_server.server import TOKEN, DiscordServer

__all__ = [
    "TOKEN",
    "Attachment",
    "Channel",
    "Choice",
    "DiscordServer",
    "Guild",
    "Interaction",
    "Message",
    "Modal",
    "NotOffered",
    "NothingCame",
    "Role",
    "User",
]
