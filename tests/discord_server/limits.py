"""Discord's limits on messages: lengths, counts and the shape of components and embeds.

Lengths count Unicode code points, as Discord's API does (its staff say so: the API is Python and takes `len`).
Discord trims white space at the ends of content and of an embed's texts; so does `trimmed`.
"""

from collections.abc import Iterator
from typing import Any

from tests.discord_server.errors import Form
from tests.discord_server.records import Json

CONTENT = 2000
EMBEDS = 10
EMBED_TOTAL = 6000
FILES = 10
FILE_BYTES = 10 * 1024 * 1024
ROWS = 5
BUTTONS_IN_ROW = 5
ROW, BUTTON = 1, 2
SELECT_TYPES = frozenset({3, 5, 6, 7, 8})

Path = tuple[str | int, ...]


def trimmed(body: Json) -> Json:
    """The body with content and embed texts trimmed, as Discord stores them."""
    body = dict(body)
    if isinstance(body.get("content"), str):
        body["content"] = body["content"].strip()
    if isinstance(body.get("embeds"), list):
        body["embeds"] = [_trimmed_embed(embed) for embed in body["embeds"]]
    return body


def check_message(form: Form, body: Json, files: int, at: Path = (), *, in_parts: bool = False) -> None:
    """Note all that Discord would refuse in a message body sent with this many files; `layouts` checks the parts."""
    content = body.get("content")
    if content is not None:
        form.length((*at, "content"), content, 0, CONTENT)
    if body.get("embeds") is not None:
        _check_embeds(form, body["embeds"], (*at, "embeds"))
    if body.get("components") is not None and not in_parts:
        _check_rows(form, body["components"], (*at, "components"))
    if body.get("allowed_mentions") is not None:
        _check_allowed_mentions(form, body["allowed_mentions"], (*at, "allowed_mentions"))
    attachments = body.get("attachments") or []
    if max(files, len(attachments)) > FILES:
        form.add((*at, "attachments"), "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")


def embed_length(embed: Json) -> int:
    """The characters of an embed that count towards the 6000."""
    return sum(len(text) for _, text, _ in _embed_texts(embed))


def _embed_texts(embed: Json) -> Iterator[tuple[Path, str, int]]:
    """All texts of an embed with their paths and limits."""
    if embed.get("title"):
        yield ("title",), embed["title"], 256
    if embed.get("description"):
        yield ("description",), embed["description"], 4096
    for number, part in enumerate(embed.get("fields") or []):
        yield ("fields", number, "name"), part.get("name", ""), 256
        yield ("fields", number, "value"), part.get("value", ""), 1024
    if embed.get("footer"):
        yield ("footer", "text"), embed["footer"].get("text", ""), 2048
    if embed.get("author"):
        yield ("author", "name"), embed["author"].get("name", ""), 256


def _trimmed_embed(embed: Any) -> Any:
    if not isinstance(embed, dict):
        return embed
    strip = {key: value.strip() for key, value in embed.items() if key in ("title", "description") and value}
    return {**embed, **strip}


def _check_embeds(form: Form, embeds: object, at: Path) -> None:
    total = 0
    for number, embed in enumerate(form.count(at, embeds, EMBEDS)):
        if not isinstance(embed, dict):
            form.add((*at, number), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            continue
        for path, text, limit in _embed_texts(embed):
            form.length((*at, number, *path), text, 1 if path[0] == "fields" else 0, limit)
        form.count((*at, number, "fields"), embed.get("fields") or [], 25)
        total += embed_length(embed)
        url = embed.get("url")
        if url and not str(url).startswith(("http://", "https://", "attachment://")):
            form.add((*at, number, "url"), "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https').")
    if total > EMBED_TOTAL:
        form.add(at, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}")


def _check_rows(form: Form, rows: object, at: Path) -> None:
    ids: set[str] = set()
    for number, row in enumerate(form.count(at, rows, ROWS)):
        path = (*at, number)
        if not isinstance(row, dict) or row.get("type") != 1:
            form.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of (1,).")
            continue
        parts = form.count((*path, "components"), row.get("components"), BUTTONS_IN_ROW)
        if not parts:
            form.add((*path, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        if len(parts) > 1 and any(part.get("type") in SELECT_TYPES for part in parts):
            form.add(
                (*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the width"
            )
        for index, part in enumerate(parts):
            check_part(form, part, (*path, "components", index), ids)


def check_part(form: Form, part: Json, at: Path, ids: set[str]) -> None:
    """Note what Discord would refuse in a button or a select; custom ids are collected."""
    if part.get("type") == 2:
        _check_button(form, part, at)
    elif part.get("type") in SELECT_TYPES:
        _check_select(form, part, at)
    else:
        form.add((*at, "type"), "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (2, 3, 5, 6, 7, 8).')
    custom_id = part.get("custom_id")
    if custom_id in ids:
        form.add((*at, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    elif isinstance(custom_id, str):
        ids.add(custom_id)


def _check_button(form: Form, button: Json, at: Path) -> None:
    if button.get("label") is not None:
        form.length((*at, "label"), button["label"], 0, 80)
    if not button.get("label") and not button.get("emoji"):
        form.add(at, "BUTTON_COMPONENT_INVALID_LABEL_OR_EMOJI", "A label or an emoji is required")
    if button.get("style") == 5:
        form.length((*at, "url"), button.get("url"), 1, 512)
        if button.get("custom_id"):
            form.add(
                (*at, "custom_id"),
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                "A custom id and url cannot both be specified",
            )
    elif button.get("style") in (1, 2, 3, 4):
        form.length((*at, "custom_id"), button.get("custom_id", ""), 1, 100)
    else:
        form.add((*at, "style"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).")


def _check_select(form: Form, select: Json, at: Path) -> None:
    form.length((*at, "custom_id"), select.get("custom_id", ""), 1, 100)
    if select.get("placeholder") is not None:
        form.length((*at, "placeholder"), select["placeholder"], 0, 150)
    if select["type"] != 3:
        _check_preset(form, select, at)
        return
    options = form.count((*at, "options"), select.get("options"), 25)
    if not options:
        form.add((*at, "options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    for number, option in enumerate(options):
        form.length((*at, "options", number, "label"), option.get("label", ""), 1, 100)
        form.length((*at, "options", number, "value"), option.get("value", ""), 1, 100)
        if option.get("description") is not None:
            form.length((*at, "options", number, "description"), option["description"], 0, 100)
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        form.add(
            (*at, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
        )


def _check_preset(form: Form, select: Json, at: Path) -> None:
    """The users, roles or channels that a select shows as chosen: no more than can be, and of its kind."""
    kinds = {5: {"user"}, 6: {"role"}, 7: {"user", "role"}, 8: {"channel"}}[select["type"]]
    preset = form.count((*at, "default_values"), select.get("default_values") or [], select.get("max_values", 1))
    for number, value in enumerate(preset):
        if value.get("type") not in kinds:
            form.add((*at, "default_values", number, "type"), "BASE_TYPE_CHOICES", f"Value must be one of {kinds}.")
    for bound, low in (("min_values", 0), ("max_values", 1)):
        if not low <= select.get(bound, 1) <= 25:
            form.add((*at, bound), "NUMBER_TYPE_MAX", "int value should be less than or equal to 25.")


def _check_allowed_mentions(form: Form, allowed: Json, at: Path) -> None:
    parse = allowed.get("parse") or []
    for kind in ("users", "roles"):
        listed = form.count((*at, kind), allowed.get(kind) or [], 100)
        if kind in parse and listed:
            sentence = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            form.add(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", sentence)
    for number, kind in enumerate(parse):
        if kind not in ("users", "roles", "everyone"):
            form.add(
                (*at, "parse", number), "BASE_TYPE_CHOICES", "Value must be one of ('users', 'roles', 'everyone')."
            )


def check_modal(form: Form, data: Json) -> None:
    """Note all that Discord would refuse in a modal."""
    form.length(("data", "title"), data.get("title", ""), 1, 45)
    form.length(("data", "custom_id"), data.get("custom_id", ""), 1, 100)
    for number, row in enumerate(form.count(("data", "components"), data.get("components"), 5)):
        at: Path = ("data", "components", number)
        if row.get("type") == 18:
            form.length((*at, "label"), row.get("label", ""), 1, 45)
        for part in modal_inputs([row]):
            form.length((*at, "custom_id"), part.get("custom_id", ""), 1, 100)
            if part.get("type") == 4 and part.get("label") is not None:
                form.length((*at, "label"), part["label"], 1, 45)
            if part.get("placeholder") is not None:
                form.length((*at, "placeholder"), part["placeholder"], 0, 100)


def modal_inputs(rows: list[Json]) -> list[Json]:
    """The inputs of a modal, out of action rows and out of labels."""
    inputs: list[Json] = []
    for row in rows:
        if row.get("type") == 1:
            inputs += row.get("components", [])
        elif row.get("type") == 18:
            inputs.append({"label": row.get("label"), **row.get("component", {})})
    return inputs
