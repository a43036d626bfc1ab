"""Routes about channels: reading one, typing, threads, direct messages."""

from aiohttp import web

from tests.discord_server.answers import json_answer, nothing
from tests.discord_server.backend import Backend, number
from tests.discord_server.clock import iso_now
from tests.discord_server.draft import Body, first_version, read_body
from tests.discord_server.errors import Form, Refusal, archived, unknown
from tests.discord_server.payloads import channel_json, message_json
from tests.discord_server.records import Channel, ChannelType, Intent, Json, Permission

TAGS = 5


def routes(backend: Backend, base: str) -> list[web.RouteDef]:
    """The routes, below the API's base path."""
    channels = _Channels(backend)
    return [
        web.get(f"{base}/channels/{{channel}}", channels.get),
        web.patch(f"{base}/channels/{{channel}}", channels.change),
        web.post(f"{base}/channels/{{channel}}/typing", channels.typing),
        web.post(f"{base}/channels/{{channel}}/threads", channels.start_thread),
        web.post(f"{base}/channels/{{channel}}/messages/{{message}}/threads", channels.thread_of_message),
        web.put(f"{base}/channels/{{channel}}/thread-members/@me", channels.join_thread),
        web.get(f"{base}/channels/{{channel}}/thread-members/{{user}}", channels.thread_member),
        web.post(f"{base}/users/@me/channels", channels.open_dm),
    ]


class _Channels:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def get(self, request: web.Request) -> web.Response:
        return json_answer(channel_json(self._backend.world, self._backend.channel(request)))

    async def change(self, request: web.Request) -> web.Response:
        """Archive a thread, open it again, or change its tags.

        Whoever may write there may open one that is not locked; all else needs a permission, unless it is one's own.
        While it is archived, nothing else of it can be changed.
        """
        world = self._backend.world
        thread = self._backend.channel(request)
        body = (await read_body(request)).json
        if thread.type is not ChannelType.THREAD:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        opens = body.get("archived") is False and body.keys() == {"archived"} and not thread.locked
        if not (opens or (thread.owner is world.bot and not thread.locked)):
            self._backend.channel(request, Permission.MANAGE_THREADS)
        if thread.archived and body.get("archived") is not False:
            raise archived()
        if "applied_tags" in body:
            thread.applied = self._tags(thread, body["applied_tags"])
        thread.archived = bool(body.get("archived", thread.archived))
        shown = channel_json(world, thread)
        self._backend.gateway.dispatch("THREAD_UPDATE", shown, needs=Intent.GUILDS)
        self._backend.changes.tell()
        return json_answer(shown)

    @staticmethod
    def _tags(thread: Channel, numbers: object) -> list[int]:
        """The tags that a body names, of which the forum must have each."""
        form = Form()
        tags = [int(number) for number in form.count(("applied_tags",), numbers, TAGS)]
        form.close()
        offered = thread.parent.tags if thread.parent else {}
        if not offered.keys() >= set(tags):
            raise Refusal(400, 10087, "Unknown tag")
        return tags

    async def typing(self, request: web.Request) -> web.Response:
        channel = self._backend.writable(request, files=False)
        self._backend.typing.append((channel, self._backend.clock.now()))
        self._backend.changes.tell()
        return nothing()

    async def start_thread(self, request: web.Request) -> web.Response:
        channel = self._backend.channel(request, Permission.CREATE_PUBLIC_THREADS)
        body = await read_body(request)
        thread = self._thread(channel, body.json, None)
        shown = channel_json(self._backend.world, thread)
        if channel.type is ChannelType.FORUM:
            inner = Body(body.json.get("message") or {}, body.uploads)
            version = first_version(inner, self._backend.world.ids, ("message",))
            allowed = inner.json.get("allowed_mentions")
            bot = self._backend.world.bot
            message = self._backend.post.send(thread, bot, version, allowed_mentions=allowed)
            shown["message"] = message_json(self._backend.world, message, intents=self._backend.world.privileged)
        return json_answer(shown, 201)

    async def thread_of_message(self, request: web.Request) -> web.Response:
        channel = self._backend.channel(request, Permission.CREATE_PUBLIC_THREADS)
        message = self._backend.message(request, channel)
        if message.id in self._backend.world.channels:
            raise Refusal(400, 160004, "A thread has already been created for this message")
        thread = self._thread(channel, (await read_body(request)).json, message.id)
        return json_answer(channel_json(self._backend.world, thread), 201)

    def _thread(self, parent: Channel, body: Json, number: int | None) -> Channel:
        form = Form()
        form.length(("name",), body.get("name", ""), 1, 100)
        form.close()
        if parent.guild is None or parent.type is ChannelType.THREAD:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        world = self._backend.world
        thread = world.add_channel(body["name"], ChannelType.THREAD, parent.guild, parent, id_=number)
        thread.owner = world.bot
        self._backend.gateway.dispatch("THREAD_CREATE", {**channel_json(world, thread), "newly_created": True})
        self._backend.changes.tell()
        return thread

    async def join_thread(self, request: web.Request) -> web.Response:
        thread = self._backend.channel(request)
        bot = self._backend.world.bot
        joined = {"id": str(thread.id), "user_id": str(bot.id), "join_timestamp": iso_now(), "flags": 0}
        self._backend.gateway.dispatch(
            "THREAD_MEMBER_UPDATE", {**joined, "guild_id": str(getattr(thread.guild, "id", 0))}
        )
        return nothing()

    async def thread_member(self, request: web.Request) -> web.Response:
        thread, user = self._backend.channel(request), number(request, "user")
        if user not in (thread.invited or ()):
            raise unknown(10007, "Member")
        joined = {"id": str(thread.id), "user_id": str(user), "join_timestamp": iso_now(), "flags": 0}
        return json_answer(joined)

    async def open_dm(self, request: web.Request) -> web.Response:
        wanted = int((await read_body(request)).json.get("recipient_id") or 0)
        user = self._backend.world.users.get(wanted)
        if user is None:
            raise unknown(10013, "User")
        return json_answer(channel_json(self._backend.world, self._backend.world.dm(user)))
