"""Routes about messages in channels: sending, reading, editing, deleting, reacting."""

from aiohttp import web

from tests.discord_server.answers import json_answer, nothing
from tests.discord_server.backend import Backend
from tests.discord_server.draft import Body, first_version, next_version, read_body
from tests.discord_server.errors import Form, Refusal, archived, missing_permissions
from tests.discord_server.payloads import message_json
from tests.discord_server.records import Channel, ChannelType, Json, Message, Permission


def routes(backend: Backend, base: str) -> list[web.RouteDef]:
    """The routes, below the API's base path."""
    messages = _Messages(backend)
    path = f"{base}/channels/{{channel}}/messages"
    one = f"{path}/{{message}}"
    return [
        web.post(path, messages.send),
        web.get(path, messages.list),
        web.get(one, messages.get),
        web.patch(one, messages.edit),
        web.delete(one, messages.delete),
        web.put(f"{one}/reactions/{{emoji}}/@me", messages.react),
        web.delete(f"{one}/reactions/{{emoji}}/@me", messages.unreact),
    ]


class _Messages:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def send(self, request: web.Request) -> web.Response:
        self._backend.channel(request)
        body = await read_body(request)
        channel = self._backend.writable(request, files=bool(body.uploads))
        if channel.type is ChannelType.FORUM:
            raise Refusal(400, 50008, "Cannot send messages in a non-text channel")
        if channel.recipient is not None and not channel.recipient.accepts_dms:
            raise Refusal(403, 50007, "Cannot send messages to this user")
        if channel.archived and channel.locked:
            raise archived()
        channel.archived = False
        repeated = self._repeated(channel, body.json)
        if repeated is not None:
            return self._shown(repeated)
        reply_to = self._reply_to(channel, body.json)
        version = first_version(
            self._permitted(channel, body), self._backend.world.ids, takes_layouts=channel.takes_layouts
        )
        allowed, nonce = body.json.get("allowed_mentions"), body.json.get("nonce")
        bot = self._backend.world.bot
        message = self._backend.post.send(
            channel, bot, version, reply_to=reply_to, allowed_mentions=allowed, nonce=nonce
        )
        return self._shown(message)

    def _permitted(self, channel: Channel, body: Body) -> Body:
        """Without the permission to embed links, Discord drops embeds silently."""
        if Permission.EMBED_LINKS in self._backend.world.permissions(self._backend.world.bot, channel):
            return body
        return Body({**body.json, "embeds": []}, body.uploads)

    def _repeated(self, channel: Channel, body: Json) -> Message | None:
        """The message that an enforced nonce was already used for: the same request came twice."""
        nonce = body.get("nonce")
        if nonce is None or not body.get("enforce_nonce"):
            return None
        sent = self._backend.world.messages[channel.id]
        return next((message for message in sent if message.nonce == nonce), None)

    def _reply_to(self, channel: Channel, body: Json) -> Message | None:
        reference = body.get("message_reference")
        if not reference:
            return None
        if Permission.READ_MESSAGE_HISTORY not in self._backend.world.permissions(self._backend.world.bot, channel):
            raise Refusal(403, 160002, "Cannot reply without permission to read message history")
        target = self._backend.world.message(channel, int(reference.get("message_id") or 0))
        if target is None and reference.get("fail_if_not_exists", True):
            form = Form()
            form.add(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.close()
        return target

    async def list(self, request: web.Request) -> web.Response:
        channel = self._backend.channel(request)
        readable = Permission.READ_MESSAGE_HISTORY in self._backend.world.permissions(self._backend.world.bot, channel)
        messages = self._backend.world.visible(channel) if readable else []
        query = {name: int(value) for name, value in request.query.items()}
        limit = query.get("limit", 50)
        if not 1 <= limit <= 100:
            form = Form()
            form.add(("limit",), "NUMBER_TYPE_MAX", "int value should be less than or equal to 100.")
            form.close()
        if "before" in query:
            messages = [message for message in messages if message.id < query["before"]]
        if "after" in query:
            messages = [message for message in messages if message.id > query["after"]][:limit]
        if "around" in query:
            below = [message for message in messages if message.id <= query["around"]][-(limit // 2 + 1) :]
            messages = below + [message for message in messages if message.id > query["around"]][: limit // 2]
        return json_answer([self._json(message) for message in reversed(messages[-limit:])])

    async def get(self, request: web.Request) -> web.Response:
        channel = self._backend.channel(request, Permission.READ_MESSAGE_HISTORY)
        return self._shown(self._backend.message(request, channel))

    async def edit(self, request: web.Request) -> web.Response:
        channel = self._backend.channel(request)
        message = self._backend.message(request, channel)
        body = await read_body(request)
        if message.author is not self._backend.world.bot:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        if channel.archived:
            raise archived()
        permitted, takes_layouts = self._permitted(channel, body), channel.takes_layouts
        version = next_version(message.versions[-1], permitted, self._backend.world.ids, takes_layouts=takes_layouts)
        self._backend.post.edit(message, version, allowed_mentions=body.json.get("allowed_mentions"))
        return self._shown(message)

    async def delete(self, request: web.Request) -> web.Response:
        channel = self._backend.channel(request)
        message = self._backend.message(request, channel)
        allowed = self._backend.world.permissions(self._backend.world.bot, channel)
        if message.author is not self._backend.world.bot and Permission.MANAGE_MESSAGES not in allowed:
            raise (
                Refusal(403, 50003, "Cannot execute action on a DM channel")
                if channel.recipient
                else missing_permissions()
            )
        self._backend.post.delete(message)
        return nothing()

    async def react(self, request: web.Request) -> web.Response:
        return self._reaction(request, add=True)

    async def unreact(self, request: web.Request) -> web.Response:
        return self._reaction(request, add=False)

    def _reaction(self, request: web.Request, *, add: bool) -> web.Response:
        channel = self._backend.channel(request, Permission.READ_MESSAGE_HISTORY | Permission.ADD_REACTIONS)
        message = self._backend.message(request, channel)
        emoji = request.match_info["emoji"]
        if emoji.isascii() and ":" not in emoji:
            raise Refusal(400, 10014, "Unknown Emoji")
        self._backend.post.react(message, self._backend.world.bot, emoji, add=add)
        return nothing()

    def _json(self, message: Message) -> Json:
        return message_json(self._backend.world, message, intents=self._backend.world.privileged)

    def _shown(self, message: Message) -> web.Response:
        return json_answer(self._json(message))
