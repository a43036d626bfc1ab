"""Discord's limits on messages that are laid out in components (its "Components V2"), and the ids it gives to them."""

from itertools import count

from tests.discord_server.errors import Form
from tests.discord_server.limits import BUTTON, BUTTONS_IN_ROW, ROW, Path, check_part
from tests.discord_server.records import SECTION, TEXT, Json, nested

THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 11, 12, 13, 14, 17
COMPONENTS = 40
TEXT_TOTAL = 4000
TEXTS_IN_SECTION = 3
AT_TOP = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER})


def check_layout(form: Form, body: Json, files: frozenset[str], at: Path = ()) -> None:
    """Note all that Discord would refuse in a body with the flag of such messages, sent with files of these names."""
    for field in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(field):
            sentence = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            form.add((*at, field), code, sentence.replace("content", field))
    parts = list(nested(body.get("components") or ()))
    path = (*at, "components")
    if len(parts) > COMPONENTS:
        form.add(path, "COMPONENT_LAYOUT_TOTAL_COMPONENTS_EXCEEDED", f"Components exceed {COMPONENTS}")
    if sum(len(part.get("content") or "") for part in parts if part["type"] == TEXT) > TEXT_TOTAL:
        form.add(path, "COMPONENT_LAYOUT_TEXT_LENGTH_EXCEEDED", f"The text of all components exceeds {TEXT_TOTAL}")
    given = [part["id"] for part in parts if part.get("id")]
    if len(given) > len(set(given)):
        form.add(path, "COMPONENT_ID_DUPLICATED", "Component ids cannot be duplicated")
    ids = set[str]()
    for number, part in enumerate(body.get("components") or ()):
        _check(form, part, (*path, number), AT_TOP, files, ids)


def with_ids(components: tuple[Json, ...]) -> tuple[Json, ...]:
    """The components, each with an id: those without one are counted through, past the ids that are given."""
    taken = {part["id"] for part in nested(components) if part.get("id")}
    free = (number for number in count(1) if number not in taken)

    def numbered(part: Json) -> Json:
        part = {**part, "id": part.get("id") or next(free)}
        if "components" in part:
            part["components"] = [numbered(child) for child in part["components"]]
        if "accessory" in part:
            part["accessory"] = numbered(part["accessory"])
        return part

    return tuple(numbered(part) for part in components)


def shown_files(components: tuple[Json, ...]) -> frozenset[str]:
    """The names of the files that components show; Discord shows no others of such a message."""
    urls = (part["file"]["url"] for part in nested(components) if part["type"] == FILE)
    return frozenset(url.removeprefix("attachment://") for url in urls)


def _check(form: Form, part: Json, at: Path, allowed: frozenset[int], files: frozenset[str], ids: set[str]) -> None:
    kind = part.get("type")
    if kind not in allowed:
        form.add((*at, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {sorted(allowed)}.')
    elif kind == TEXT:
        form.length((*at, "content"), part.get("content"), 1, TEXT_TOTAL)
        if not (part.get("content") or "").strip():
            form.add((*at, "content"), "BASE_TYPE_REQUIRED", "This field is required")
    elif kind == FILE:
        _check_file(form, part, (*at, "file", "url"), files)
    elif kind == ROW:
        for number, child in enumerate(form.count((*at, "components"), part.get("components"), BUTTONS_IN_ROW)):
            check_part(form, child, (*at, "components", number), ids)
        if not part.get("components"):
            form.add((*at, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    elif kind == SECTION:
        texts = form.count((*at, "components"), part.get("components"), TEXTS_IN_SECTION)
        for number, child in enumerate(texts):
            _check(form, child, (*at, "components", number), frozenset({TEXT}), files, ids)
        if (part.get("accessory") or {}).get("type") == BUTTON:
            check_part(form, part["accessory"], (*at, "accessory"), ids)
        elif (part.get("accessory") or {}).get("type") != THUMBNAIL:
            form.add((*at, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")
    elif kind == CONTAINER:
        for number, child in enumerate(part.get("components") or ()):
            _check(form, child, (*at, "components", number), AT_TOP - {CONTAINER}, files, ids)
        if not part.get("components"):
            form.add((*at, "components"), "BASE_TYPE_REQUIRED", "This field is required")


def _check_file(form: Form, part: Json, at: Path, files: frozenset[str]) -> None:
    url = str((part.get("file") or {}).get("url"))
    if not url.startswith("attachment://"):
        form.add(at, "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('attachment',).")
    elif url.removeprefix("attachment://") not in files:
        form.add(at, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "The referenced attachment was not found")
