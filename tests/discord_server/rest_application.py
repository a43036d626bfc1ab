"""Routes about the application itself: its user, its gateway, its commands, its guilds and their members."""

from aiohttp import web

from tests.discord_server.answers import json_answer, nothing
from tests.discord_server.backend import Backend, number
from tests.discord_server.draft import read_body
from tests.discord_server.errors import missing_access, unknown
from tests.discord_server.gateway import application_flags
from tests.discord_server.payloads import channel_json, guild_json, member_json, roles_json, user_json
from tests.discord_server.records import Guild, Json, User

SESSIONS_A_DAY = 1000


def routes(backend: Backend, base: str) -> list[web.RouteDef]:
    """The routes, below the API's base path."""
    application = _Application(backend)
    guilds = _Guilds(backend)
    commands = f"{base}/applications/{{application}}/commands"
    guild_commands = f"{base}/applications/{{application}}/guilds/{{guild}}/commands"
    table = [
        web.get(f"{base}/gateway", application.gateway),
        web.get(f"{base}/gateway/bot", application.gateway_bot),
        web.get(f"{base}/users/@me", application.me),
        web.get(f"{base}/oauth2/applications/@me", application.application),
        web.get(f"{base}/applications/@me", application.application),
        web.get(f"{base}/users/@me/guilds", guilds.mine),
        web.get(f"{base}/users/{{user}}", guilds.user),
        web.get(f"{base}/guilds/{{guild}}", guilds.guild),
        web.get(f"{base}/guilds/{{guild}}/channels", guilds.channels),
        web.get(f"{base}/guilds/{{guild}}/roles", guilds.roles),
        web.get(f"{base}/guilds/{{guild}}/members", guilds.members),
        web.get(f"{base}/guilds/{{guild}}/members/{{user}}", guilds.member),
    ]
    for path in (commands, guild_commands):
        table += [
            web.get(path, application.list_commands),
            web.put(path, application.overwrite_commands),
            web.post(path, application.create_command),
            web.delete(f"{path}/{{command}}", application.delete_command),
        ]
    return table


class _Application:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def gateway(self, request: web.Request) -> web.Response:
        return json_answer({"url": self._backend.gateway.url})

    async def gateway_bot(self, request: web.Request) -> web.Response:
        left = SESSIONS_A_DAY - self._backend.gateway.identified
        limit = {"total": SESSIONS_A_DAY, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}
        return json_answer(
            {"url": self._backend.gateway.url, "shards": self._backend.gateway.shards, "session_start_limit": limit}
        )

    async def me(self, request: web.Request) -> web.Response:
        bot = user_json(self._backend.world.bot)
        return json_answer({**bot, "verified": True, "mfa_enabled": False, "locale": "en-US", "flags": 0})

    async def application(self, request: web.Request) -> web.Response:
        world = self._backend.world
        return json_answer(
            {
                "id": str(world.bot.id),
                "name": world.bot.name,
                "icon": None,
                "description": "",
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "0" * 64,
                "flags": application_flags(world),
                "owner": user_json(world.owner),
                "team": None,
                "bot": user_json(world.bot),
                "approximate_guild_count": len(world.guilds),
                "redirect_uris": [],
            }
        )

    async def list_commands(self, request: web.Request) -> web.Response:
        return json_answer(self._backend.commands.all(self._scope(request)))

    async def overwrite_commands(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        listed: list[Json] = body.json if isinstance(body.json, list) else []
        stored = self._backend.commands.overwrite(self._scope(request), listed)
        self._backend.changes.tell()
        return json_answer(stored)

    async def create_command(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        stored = self._backend.commands.upsert(self._scope(request), body.json)
        self._backend.changes.tell()
        return json_answer(stored, 201)

    async def delete_command(self, request: web.Request) -> web.Response:
        if not self._backend.commands.remove(self._scope(request), number(request, "command")):
            raise unknown(10063, "application command")
        return nothing()

    def _scope(self, request: web.Request) -> int | None:
        """None for global commands, else the guild's id; 50001 for other applications and guilds without the bot."""
        if number(request, "application") != self._backend.world.bot.id:
            raise missing_access()
        if "guild" not in request.match_info:
            return None
        if number(request, "guild") not in self._backend.world.guilds:
            raise missing_access()
        return number(request, "guild")


class _Guilds:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def _guild(self, request: web.Request) -> Guild:
        guild = self._backend.world.guilds.get(number(request, "guild"))
        if guild is None:
            raise unknown(10004, "Guild")
        return guild

    def _user(self, request: web.Request) -> User:
        user = self._backend.world.users.get(number(request, "user"))
        if user is None:
            raise unknown(10013, "User")
        return user

    async def mine(self, request: web.Request) -> web.Response:
        guilds = self._backend.world.guilds.values()
        return json_answer([{"id": str(guild.id), "name": guild.name, "owner": False} for guild in guilds])

    async def user(self, request: web.Request) -> web.Response:
        return json_answer(user_json(self._user(request)))

    async def guild(self, request: web.Request) -> web.Response:
        return json_answer(guild_json(self._backend.world, self._guild(request)))

    async def channels(self, request: web.Request) -> web.Response:
        world = self._backend.world
        return json_answer([channel_json(world, channel) for channel in world.guild_channels(self._guild(request))])

    async def roles(self, request: web.Request) -> web.Response:
        return json_answer(roles_json(self._guild(request)))

    async def members(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 1))
        numbers = sorted(number for number in guild.members if number > after)[:limit]
        listed: list[Json] = [member_json(guild, self._backend.world.users[number]) for number in numbers]
        return json_answer(listed)

    async def member(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        user = self._user(request)
        if user.id not in guild.members:
            raise unknown(10007, "Member")
        return json_answer(member_json(guild, user))
