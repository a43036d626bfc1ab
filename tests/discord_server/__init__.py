"""A Discord for tests: gateway, REST API and people, on the loopback interface, spoken to by the real discord.py.

`DiscordServer` comes in as a context, conversations and their transcripts go out. Nothing here knows quoth. README.md
beside this file is the guide.
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
