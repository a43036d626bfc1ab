"""Components from the user's side: finding a button or an option by what can be read, filling in dialogues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.discord_server.errors import NotOffered
from tests.discord_server.interaction import Modal
from tests.discord_server.limits import SELECT_TYPES
from tests.discord_server.records import Channel, Json, Message, nested

BUTTON, LINK_STYLE, TEXT_INPUT = 2, 5, 4
ROLE_SELECT, CHANNEL_SELECT = 6, 8


@dataclass(frozen=True)
class Component:
    """A button or a select of a message."""

    type: int
    custom_id: str
    name: str
    raw: Json


def find_component(message: Message, named: str, *, buttons: bool) -> Component:
    """The enabled button, or the enabled select, with this custom id, label or placeholder."""
    types = {BUTTON} if buttons else SELECT_TYPES
    parts = [part for part in nested(message.components) if part["type"] in types]
    for part in parts:
        readable = part.get("label") or part.get("placeholder") or (part.get("emoji") or {}).get("name") or ""
        if named in (part.get("custom_id"), readable):
            if part.get("disabled"):
                raise NotOffered(f"{named} is disabled")
            if part.get("style") == LINK_STYLE:
                raise NotOffered(f"{named} is a link")
            return Component(part["type"], part["custom_id"], readable or part["custom_id"], part)
    raise NotOffered(f"no {named}; the message has {[part.get('label') or part.get('placeholder') for part in parts]}")


def find_options(select: Component, named: Iterable[str]) -> list[str]:
    """The values of a select's options, named by value or label."""
    values = {**{option["label"]: option["value"] for option in select.raw.get("options", [])}}
    values |= {value: value for value in values.values()}
    chosen = list(named)
    unknown = [name for name in chosen if name not in values]
    if unknown and select.type == 3:
        raise NotOffered(f"no option {unknown}")
    if not select.raw.get("min_values", 1) <= len(chosen) <= select.raw.get("max_values", 1):
        raise NotOffered(f"{len(chosen)} options cannot be chosen")
    return [values.get(name, name) for name in chosen]


def may_choose(select: Component, channel: Channel) -> bool:
    """Whether a channel select offers a channel."""
    types = select.raw.get("channel_types") or []
    return not types or int(channel.type) in types


def submitted(modal: Modal, fields: Mapping[str, str]) -> list[Json]:
    """The rows of a dialogue as Discord's client sends them."""
    left = dict(fields)
    rows: list[Json] = []
    for row in modal.rows:
        if row.get("type") == 1:
            rows.append({"type": 1, "id": 1, "components": [_filled(part, left, None) for part in row["components"]]})
        elif row.get("type") == 18:
            rows.append({"type": 18, "id": 1, "component": _filled(row["component"], left, row.get("label"))})
    if left:
        raise NotOffered(f"the dialogue has no {sorted(left)}; it has {modal.labels}")
    return rows


def _filled(part: Json, left: dict[str, str], label: str | None) -> Json:
    """One input with its value, which is taken out of what is left."""
    names = [name for name in (part["custom_id"], part.get("label"), label) if name in left]
    value = left.pop(names[0]) if names else part.get("value") or ""
    filled = {"type": part["type"], "id": 1, "custom_id": part["custom_id"]}
    if part["type"] != TEXT_INPUT:
        return {**filled, "values": [value] if value else []}
    low = part.get("min_length") or (1 if part.get("required", True) else 0)
    if not low <= len(value) <= (part.get("max_length") or 4000):
        raise NotOffered(f"{part['custom_id']} takes {low} to {part.get('max_length') or 4000} characters")
    return {**filled, "value": value}
