"""The gateway, version 10: hello, identify, heartbeats, dispatches, resume, and all its ways of failing.

JSON over a websocket, compressed as the client asks: zlib-stream, zstd-stream where Python has it, or not at all.
Close codes: 4001 unknown op, 4002 not JSON or over 4096 bytes, 4003 not identified, 4004 wrong token, 4005
identified twice, 4007 sequence out of range, 4008 more than 120 payloads a minute, 4011 too few shards, 4013 unknown
intents, 4014 privileged intents that are not switched on.
"""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_server.changes import Changes
from tests.discord_server.clock import Clock
from tests.discord_server.connection import Connection, Heartbeat, Session
from tests.discord_server.payloads import guild_json, member_json, user_json
from tests.discord_server.records import NO_INTENT, PRIVILEGED, Guild, Intent, Json
from tests.discord_server.world import World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, ACK = 7, 8, 9, 10, 11
KNOWN_INTENTS = (1 << 26) - 1
PAYLOADS_A_MINUTE = 120

Data = Json | Callable[[Session], Json]


class Gateway:
    """Accepts websockets and keeps sessions, which outlive their connections until they are invalidated."""

    def __init__(self, world: World, clock: Clock, changes: Changes, *, token: str, heartbeat_interval: float) -> None:
        self._world = world
        self._clock = clock
        self._changes = changes
        self._token = token
        self.heartbeat_interval = heartbeat_interval
        self.url = ""
        self.connections: list[Connection] = []
        """Every connection ever opened, the open ones included."""
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.acknowledging = True
        """Whether heartbeats are acknowledged on new connections."""
        self.presences: list[Json] = []
        self.shards = 1
        """How many connections the bot must spread its guilds over."""
        self.refusing = 0
        """How many of the next connections are answered with 503 instead of a websocket."""

    @property
    def open(self) -> list[Connection]:
        """The connections that are open now."""
        return [connection for connection in self.connections if not connection.closed]

    @property
    def heartbeats(self) -> list[Heartbeat]:
        """All heartbeats so far, over all connections."""
        return [beat for connection in self.connections for beat in connection.heartbeats]

    def dispatch(self, event: str, data: Data, *, needs: Intent = NO_INTENT) -> None:
        """Send an event to every session whose intents include the needed ones; missed ones are kept for a resume."""
        for session in self.sessions.values():
            if needs in session.intents:
                body = data(session) if callable(data) else data
                if self._is_for(session, event, body):
                    session.dispatch(event, body)

    def _is_for(self, session: Session, event: str, body: Any) -> bool:
        """Whether an event concerns a guild of the session's shard; what concerns none goes to the first shard."""
        if self.shards == 1 or not isinstance(body, dict):
            return True
        guild = int(body.get("guild_id") or (body["id"] if event.startswith("GUILD_") and "id" in body else 0))
        return self._shard_of(guild) == session.shard

    def _shard_of(self, guild: int) -> int:
        return (guild >> 22) % self.shards

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """One websocket, from hello to its end."""
        if self.refusing:
            self.refusing -= 1
            return web.Response(status=503)
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        connection = Connection(websocket, request, compression=request.query.get("compress"))
        self.connections.append(connection)
        connection.send(
            {"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat_interval * 1000)}, "s": None, "t": None}
        )
        writer = asyncio.create_task(connection.write())
        try:
            async for message in websocket:
                if message.type is WSMsgType.TEXT:
                    self._received(connection, message.data)
        finally:
            writer.cancel()
            connection.detach(websocket.close_code)
            self._changes.tell()
        return websocket

    def _received(self, connection: Connection, text: str) -> None:
        now = self._clock.now()
        connection.received.append(now)
        if sum(now - at < 60 for at in connection.received) > PAYLOADS_A_MINUTE:
            return connection.close(4008, "Rate limited.")
        try:
            payload = json.loads(text)
            op, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            return connection.close(4002, "Error while decoding payload.")
        if len(text.encode()) > 4096:
            return connection.close(4002, "Payload too large.")
        self._act(connection, op, data)
        self._changes.tell()

    def _act(self, connection: Connection, op: int, data: Any) -> None:
        """Do what a payload asks for."""
        if op == HEARTBEAT:
            connection.heartbeats.append(Heartbeat(self._clock.now(), data))
            if self.acknowledging:
                connection.send({"op": ACK, "d": None, "s": None, "t": None})
        elif op == IDENTIFY:
            self._identify(connection, data)
        elif op == RESUME:
            self._resume(connection, data)
        elif connection.session is None:
            connection.close(4003, "Not authenticated.")
        elif op == REQUEST_MEMBERS:
            self._members(connection.session, data)
        elif op == PRESENCE:
            self.presences.append(data)
        elif op != VOICE:
            connection.close(4001, "Unknown opcode.")

    def _identify(self, connection: Connection, data: Json) -> None:
        intents = int(data.get("intents", 0))
        if connection.session is not None:
            return connection.close(4005, "Already authenticated.")
        if data.get("token") != self._token:
            return connection.close(4004, "Authentication failed.")
        if intents & ~KNOWN_INTENTS:
            return connection.close(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self._world.privileged:
            return connection.close(4014, "Disallowed intent(s).")
        shard, count = data.get("shard") or (0, 1)
        if count != self.shards:
            return connection.close(4011, "Sharding required.")
        session = Session(uuid.uuid4().hex, Intent(intents), shard)
        session.attach(connection)
        self.sessions[session.id] = session
        session.dispatch("READY", self._ready(session, data.get("shard")))
        if Intent.GUILDS in session.intents:
            for guild in self._guilds(session):
                session.dispatch("GUILD_CREATE", guild_json(self._world, guild))
        self.identified += 1
        return None

    def _guilds(self, session: Session) -> list[Guild]:
        return [guild for guild in self._world.guilds.values() if self._shard_of(guild.id) == session.shard]

    def _ready(self, session: Session, shard: list[int] | None) -> Json:
        bot = self._world.bot
        ready: Json = {
            "v": 10,
            "user": {**user_json(bot), "verified": True, "mfa_enabled": False, "email": None, "flags": 0},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in self._guilds(session)],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(bot.id), "flags": application_flags(self._world)},
            "private_channels": [],
        }
        return ready if shard is None else {**ready, "shard": shard}

    def _resume(self, connection: Connection, data: Json) -> None:
        session = self.sessions.get(data.get("session_id") or "")
        if data.get("token") != self._token:
            return connection.close(4004, "Authentication failed.")
        if session is None:
            return connection.send({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
        sequence = data.get("seq") or 0
        if sequence > session.sequence:
            return connection.close(4007, "Invalid sequence.")
        session.attach(connection)
        session.replay(sequence)
        session.dispatch("RESUMED", {"_trace": []})
        self.resumed += 1
        return None

    def _members(self, session: Session, data: Json) -> None:
        guild: Guild | None = self._world.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        wanted = [int(number) for number in data.get("user_ids") or guild.members]
        query = (data.get("query") or "").lower()
        users = [self._world.users[number] for number in wanted if number in guild.members]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [member_json(guild, user) for user in users if user.name.lower().startswith(query)],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(number) for number in wanted if number not in guild.members],
        }
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every connection that its session is over, or to resume it if resumable."""
        for connection in self.open:
            if not resumable and connection.session is not None:
                self.sessions.pop(connection.session.id, None)
            connection.send({"op": INVALID_SESSION, "d": resumable, "s": None, "t": None})

    def forget_sessions(self) -> None:
        """Forget every session silently, so that the next resume is answered with an invalid session."""
        self.sessions.clear()

    def ask_to_reconnect(self) -> None:
        """Ask every client to come back (op 7), as Discord does before it restarts a gateway node."""
        for connection in self.open:
            connection.send({"op": RECONNECT, "d": None, "s": None, "t": None})


def application_flags(world: World) -> int:
    """The application's flags: which privileged intents it has, as a bot in fewer than 100 guilds."""
    flags = {Intent.PRESENCES: 1 << 13, Intent.MEMBERS: 1 << 15, Intent.MESSAGE_CONTENT: 1 << 19}
    return sum(flag for intent, flag in flags.items() if intent in world.privileged)
