"""What Discord's own client sends for a command: options by type, names resolved, checked before they leave.

Raises NotOffered where Discord's client would not let the user send: an unknown command or option, a required
option left out, a value not among the choices or out of bounds, a command hidden from the user.
"""

from dataclasses import dataclass

from tests.discord_server.commands import INTEGER, NUMBER, SLASH, STRING
from tests.discord_server.errors import NotOffered
from tests.discord_server.payloads import attachment_json, channel_json, member_json, user_json
from tests.discord_server.records import Attachment, Channel, Json, Permission, Role, User
from tests.discord_server.world import World

Value = str | int | float | bool | User | Channel | Role | Attachment
SUBCOMMANDS = (1, 2)
KINDS: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    5: (bool,),
    6: (User,),
    7: (Channel,),
    8: (Role,),
    9: (User, Role),
    NUMBER: (int, float),
    11: (Attachment,),
}


@dataclass(frozen=True)
class Filled:
    """A command as a user filled it in."""

    command: Json
    path: tuple[str, ...]
    values: dict[str, Value]
    focused: str | None = None
    """The option that is being typed, for autocompletion."""

    def data(self, world: World, place: Channel) -> Json:
        """The `data` of the interaction."""
        declared = self.command.get("options") or []
        for name in self.path:
            declared = _named(declared, name).get("options") or []
        self._check(declared)
        options = [_option(_named(declared, name), value, name == self.focused) for name, value in self.values.items()]
        for name in reversed(self.path):
            options = [{"name": name, "type": 1 if name == self.path[-1] else 2, "options": options}]
        return {
            "id": self.command["id"],
            "name": self.command["name"],
            "type": SLASH,
            "options": options,
            "resolved": _resolved(world, place, list(self.values.values())),
        }

    def shown(self) -> str:
        """The command line as the user sees it."""
        words = [" ".join(("/" + str(self.command["name"]), *self.path))]
        words += [f"{name}: {_plain(value)}" for name, value in self.values.items()]
        return " ".join(words)

    def _check(self, declared: list[Json]) -> None:
        for name in self.values:
            _named(declared, name)
        missing = [o["name"] for o in declared if o.get("required") and o["name"] not in self.values]
        if missing and self.focused is None:
            raise NotOffered(f"/{self.command['name']} cannot be sent without {', '.join(missing)}")


def check_offered(world: World, command: Json | None, what: str, user: User, place: Channel) -> Json:
    """The command, if this user is offered it in this place."""
    if command is None:
        raise NotOffered(f"no command {what} is registered here")
    contexts = command.get("contexts")
    in_dm = place.guild is None
    if in_dm and (command.get("guild_id") or not command.get("dm_permission", True)):
        raise NotOffered(f"{what} is not offered in direct messages")
    if contexts is not None and (1 if in_dm else 0) not in contexts:
        raise NotOffered(f"{what} is not offered in {place.name}")
    allowed = world.permissions(user, place)
    needed = command.get("default_member_permissions")
    hidden = needed is not None and not in_dm and not _has(allowed, int(needed))
    if hidden or (not in_dm and Permission.USE_APPLICATION_COMMANDS not in allowed):
        raise NotOffered(f"{user.name} may not use {what}")
    return command


def _has(allowed: Permission, needed: int) -> bool:
    """Whether all of these permissions are given; 0 stands for administrators only."""
    if needed == 0:
        return Permission.ADMINISTRATOR in allowed
    return needed & ~int(allowed) == 0


def _named(options: list[Json], name: str) -> Json:
    for option in options:
        if option["name"] == name:
            return option
    raise NotOffered(f"no option {name}; there are {[option['name'] for option in options]}")


def _option(declared: Json, value: Value, focused: bool) -> Json:
    kind = declared["type"]
    if not focused:
        _check_value(declared, value)
    sent = str(value.id) if isinstance(value, User | Channel | Role | Attachment) else value
    return {"name": declared["name"], "type": kind, "value": sent, **({"focused": True} if focused else {})}


def _check_value(declared: Json, value: Value) -> None:
    name = declared["name"]
    mistaken = isinstance(value, bool) and declared["type"] in (INTEGER, NUMBER)
    if mistaken or not isinstance(value, KINDS[declared["type"]]):
        raise NotOffered(f"{name} takes no {type(value).__name__}")
    choices = [choice["value"] for choice in declared.get("choices") or []]
    if choices and value not in choices:
        raise NotOffered(f"{name} takes one of {choices}")
    size = len(value) if isinstance(value, str) else value
    low, high = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    if isinstance(size, int | float):
        if declared.get(low) is not None and size < declared[low]:
            raise NotOffered(f"{name} is below {low} {declared[low]}")
        limit = declared.get(high, 6000 if isinstance(value, str) else None)
        if limit is not None and size > limit:
            raise NotOffered(f"{name} is above {high} {limit}")


def _resolved(world: World, place: Channel, values: list[Value]) -> Json:
    users = [value for value in values if isinstance(value, User)]
    resolved: Json = {
        "users": {str(user.id): user_json(user) for user in users},
        "channels": {
            str(value.id): {**channel_json(world, value), "permissions": "0"}
            for value in values
            if isinstance(value, Channel)
        },
        "attachments": {str(v.id): attachment_json(world, v) for v in values if isinstance(v, Attachment)},
    }
    guild = place.guild
    if guild is not None:
        resolved["members"] = {str(user.id): resolved_member(world, place, user) for user in users}
    return {kind: things for kind, things in resolved.items() if things}


def resolved_member(world: World, place: Channel, user: User) -> Json:
    """A member as interactions carry it: with permissions in the channel, without the user."""
    assert place.guild is not None
    permissions = str(int(world.permissions(user, place)))
    return {**member_json(place.guild, user, with_user=False), "permissions": permissions}


def _plain(value: Value) -> str:
    if isinstance(value, User | Channel | Role):
        return value.name
    return value.filename if isinstance(value, Attachment) else str(value)
