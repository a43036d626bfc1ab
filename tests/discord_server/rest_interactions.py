"""Routes about interactions: the callback and the webhook by which answers follow.

An interaction is acknowledged once, within three seconds; its webhook lives for fifteen minutes after. The first
follow-up after a deferral fills the deferred message and keeps that one's visibility, as with Discord.
"""

from dataclasses import replace

from aiohttp import web

from tests.discord_server.answers import json_answer, nothing
from tests.discord_server.backend import Backend, number
from tests.discord_server.clock import iso_now
from tests.discord_server.commands import check_choice_list
from tests.discord_server.draft import Body, first_version, next_version, read_body
from tests.discord_server.errors import Form, Refusal, unknown, unknown_interaction, unknown_message
from tests.discord_server.interaction import (
    AUTOCOMPLETE,
    CHOICES,
    COMMAND,
    COMPONENT,
    DEFER,
    DEFER_UPDATE,
    MODAL,
    REPLY,
    SHOW_MODAL,
    TOKEN_LIFE_S,
    UPDATE,
    Choice,
    Interaction,
)
from tests.discord_server.limits import check_modal
from tests.discord_server.payloads import message_json
from tests.discord_server.records import Flag, Json, Message, Version

CALLBACKS = {
    COMMAND: {REPLY, DEFER, SHOW_MODAL},
    COMPONENT: {REPLY, DEFER, DEFER_UPDATE, UPDATE, SHOW_MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {REPLY, DEFER},
}
"""The callbacks that each type of interaction takes; a modal opened from a component also takes updates."""


def routes(backend: Backend, base: str) -> list[web.RouteDef]:
    """The routes, below the API's base path."""
    callbacks = _Callbacks(backend)
    webhooks = _Webhooks(backend)
    path = f"{base}/webhooks/{{application}}/{{token}}"
    return [
        web.post(f"{base}/interactions/{{interaction}}/{{token}}/callback", callbacks.callback),
        web.post(path, webhooks.send),
        web.get(f"{path}/messages/{{message}}", webhooks.get),
        web.patch(f"{path}/messages/{{message}}", webhooks.edit),
        web.delete(f"{path}/messages/{{message}}", webhooks.delete),
    ]


class _Callbacks:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def callback(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        interaction = self._pending(request)
        kind = int(body.json.get("type") or 0)
        self._check_kind(interaction, kind)
        data: Json = body.json.get("data") or {}
        self._respond(interaction, kind, Body(data, body.uploads))
        self._backend.changes.tell()
        if request.query.get("with_response") in ("1", "true"):
            return json_answer(self._resource(interaction, kind))
        return nothing()

    def _pending(self, request: web.Request) -> Interaction:
        """The interaction, if it may still be acknowledged."""
        interaction = self._backend.interactions.get(number(request, "interaction"))
        if interaction is None or interaction.token != request.match_info["token"]:
            raise unknown_interaction()
        if interaction.callback_type is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        if self._backend.clock.now() - interaction.created_at > self._backend.acknowledge_within:
            raise unknown_interaction()
        return interaction

    def _check_kind(self, interaction: Interaction, kind: int) -> None:
        allowed = CALLBACKS[interaction.type]
        if interaction.type == MODAL and interaction.message is not None:
            allowed = allowed | {DEFER_UPDATE, UPDATE}
        if kind not in allowed:
            form = Form()
            form.add(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {sorted(allowed)}.")
            form.close()

    def _respond(self, interaction: Interaction, kind: int, body: Body) -> None:
        """Check the whole callback, then let it take effect."""
        now, ids, post = self._backend.clock.now(), self._backend.world.ids, self._backend.post
        allowed = body.json.get("allowed_mentions")
        if kind == REPLY:
            version = first_version(body, ids, ("data",), takes_layouts=interaction.channel.takes_layouts)
            interaction.acknowledge(kind, now)
            _send(self._backend, interaction, version, allowed)
        elif kind == DEFER:
            interaction.acknowledge(kind, now)
            flags = Flag.LOADING | (Flag(int(body.json.get("flags") or 0)) & Flag.EPHEMERAL)
            _send(self._backend, interaction, Version("", flags=flags, at=iso_now()), allowed)
        elif kind == UPDATE and interaction.message is not None:
            version = next_version(
                interaction.message.versions[-1], body, ids, ("data",), takes_layouts=interaction.channel.takes_layouts
            )
            interaction.acknowledge(kind, now)
            post.edit(interaction.message, version, allowed_mentions=allowed)
        elif kind == CHOICES:
            interaction.given_choices = _choices(body.json)
            interaction.acknowledge(kind, now)
        elif kind == SHOW_MODAL:
            form = Form()
            check_modal(form, body.json)
            form.close()
            interaction.acknowledge(kind, now)
            interaction.show(body.json)
        else:
            interaction.acknowledge(kind, now)

    def _resource(self, interaction: Interaction, kind: int) -> Json:
        """What the callback made, as `with_response` asks."""
        shown: Json = {"id": str(interaction.id), "type": interaction.type}
        message = interaction.original
        if kind not in (REPLY, DEFER, UPDATE) or message is None:
            return {"interaction": shown}
        shown |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        body = message_json(self._backend.world, message, intents=self._backend.world.privileged)
        return {"interaction": shown, "resource": {"type": kind, "message": body}}


class _Webhooks:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def _interaction(self, request: web.Request) -> Interaction:
        """The interaction whose token this is, once acknowledged and not too old."""
        token = request.match_info["token"]
        found = next((item for item in self._backend.interactions.values() if item.token == token), None)
        if found is None or found.callback_type is None or number(request, "application") != self._backend.world.bot.id:
            raise unknown(10015, "Webhook")
        if self._backend.clock.now() - found.created_at > TOKEN_LIFE_S:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        return found

    def _message(self, request: web.Request, interaction: Interaction) -> Message:
        name = request.match_info["message"]
        known = [*interaction.messages, *([interaction.message] if interaction.message else [])]
        message = next((item for item in known if str(item.id) == name), None)
        if name == "@original":
            message = interaction.original
        if message is None or message.deleted:
            raise unknown_message()
        return message

    async def send(self, request: web.Request) -> web.Response:
        interaction = self._interaction(request)
        body = await read_body(request)
        version = first_version(body, self._backend.world.ids, takes_layouts=interaction.channel.takes_layouts)
        allowed = body.json.get("allowed_mentions")
        original = interaction.original
        if original is not None and original.loading and not original.deleted:
            kept = version.flags & ~Flag.EPHEMERAL | (original.flags & Flag.EPHEMERAL)
            self._backend.post.edit(original, replace(version, flags=kept), allowed_mentions=allowed)
            return self._shown(original)
        return self._shown(_send(self._backend, interaction, version, allowed))

    async def get(self, request: web.Request) -> web.Response:
        return self._shown(self._message(request, self._interaction(request)))

    async def edit(self, request: web.Request) -> web.Response:
        interaction = self._interaction(request)
        message = self._message(request, interaction)
        body = await read_body(request)
        version = next_version(
            message.versions[-1], body, self._backend.world.ids, takes_layouts=interaction.channel.takes_layouts
        )
        self._backend.post.edit(message, version, allowed_mentions=body.json.get("allowed_mentions"))
        return self._shown(message)

    async def delete(self, request: web.Request) -> web.Response:
        self._backend.post.delete(self._message(request, self._interaction(request)))
        return nothing()

    def _shown(self, message: Message) -> web.Response:
        return json_answer(message_json(self._backend.world, message, intents=self._backend.world.privileged))


def _send(backend: Backend, interaction: Interaction, version: Version, allowed: Json | None) -> Message:
    """A message that answers an interaction, where its user is."""
    ephemeral_to = interaction.user if Flag.EPHEMERAL in version.flags else None
    return backend.post.send(
        interaction.channel,
        backend.world.bot,
        version,
        allowed_mentions=allowed,
        interaction=interaction,
        ephemeral_to=ephemeral_to,
    )


def _choices(data: Json) -> list[Choice]:
    form = Form()
    choices = form.count(("data", "choices"), data.get("choices"), 25)
    check_choice_list(form, choices, ("data", "choices"))
    form.close()
    return [Choice(choice["name"], choice["value"]) for choice in choices]
