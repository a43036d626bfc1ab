"""Request bodies: JSON or multipart with payload_json and files[n], and the message versions that they make."""

import json
import re
from dataclasses import dataclass, replace

from aiohttp import BodyPartReader, web

from tests.discord_server.clock import Snowflakes, iso_now
from tests.discord_server.errors import Form, Refusal, empty_message
from tests.discord_server.layouts import check_layout, shown_files
from tests.discord_server.layouts import with_ids as with_component_ids
from tests.discord_server.limits import FILE_BYTES, Path, check_message, trimmed
from tests.discord_server.records import Attachment, Flag, Json, Version
from tests.discord_server.traffic import CALL

_FILE_FIELD = re.compile(r"files\[(\d+)\]")
SETTABLE = Flag.SUPPRESS_EMBEDS | Flag.EPHEMERAL | Flag.SILENT | Flag.COMPONENTS_V2


@dataclass(frozen=True)
class Upload:
    """A file of a multipart request."""

    filename: str
    data: bytes
    content_type: str


@dataclass(frozen=True)
class Body:
    """What a request carried."""

    json: Json
    uploads: dict[int, Upload]


async def read_body(request: web.Request) -> Body:
    """The request's body; 50109 when it is not JSON, 40005 when a file is too large."""
    uploads: dict[int, Upload] = {}
    raw = b"{}"
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read(decode=False))
            numbered = _FILE_FIELD.fullmatch(part.name or "")
            if part.name == "payload_json":
                raw = data
            elif numbered:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                uploads[int(numbered[1])] = Upload(part.filename or "unknown", data, kind)
    else:
        raw = await request.read() or b"{}"
    if any(len(upload.data) > FILE_BYTES for upload in uploads.values()):
        raise Refusal(413, 40005, "Request entity too large")
    try:
        parsed = json.loads(raw)
    except ValueError:
        raise Refusal(400, 50109, "The request body contains invalid JSON.") from None
    request[CALL].body = parsed
    return Body(parsed, uploads)


def first_version(body: Body, ids: Snowflakes, at: Path = (), *, takes_layouts: bool = True) -> Version:
    """The version that a new message starts with, refused as Discord would."""
    data = trimmed(body.json)
    flags = Flag(int(data.get("flags") or 0)) & SETTABLE
    _check(body, flags, (), at, takes_layouts=takes_layouts)
    version = Version(
        content=data.get("content") or "",
        embeds=tuple(data.get("embeds") or ()),
        components=_components(data, flags),
        attachments=_attachments((), body, ids),
        flags=flags,
        at=iso_now(),
    )
    return _not_empty(version)


def next_version(old: Version, body: Body, ids: Snowflakes, at: Path = (), *, takes_layouts: bool = True) -> Version:
    """The version after an edit: what the body does not name stays."""
    data = trimmed(body.json)
    flags = _edited_flags(old.flags, data)
    _check(body, flags, old.attachments, at, takes_layouts=takes_layouts)
    changed: dict[str, tuple[Json, ...]] = {}
    if "embeds" in data:
        changed["embeds"] = tuple(data["embeds"] or ())
    if "components" in data:
        changed["components"] = _components(data, flags)
    version = replace(
        old,
        content=(data["content"] or "") if "content" in data else old.content,
        attachments=_attachments(old.attachments, body, ids),
        flags=flags,
        at=iso_now(),
        **changed,
    )
    if Flag.COMPONENTS_V2 in flags and (version.content or version.embeds):
        form = Form()
        check_layout(form, {"content": version.content, "embeds": version.embeds}, frozenset(), at)
        form.close()
    return _not_empty(version)


def _check(body: Body, flags: Flag, kept: tuple[Attachment, ...], at: Path, *, takes_layouts: bool) -> None:
    form = Form()
    in_parts = Flag.COMPONENTS_V2 in flags and takes_layouts
    check_message(form, body.json, len(body.uploads), at, in_parts=in_parts)
    if in_parts:
        described = (str(item["filename"]) for item in body.json.get("attachments") or () if "filename" in item)
        names = {*(item.filename for item in kept), *described, *(item.filename for item in body.uploads.values())}
        check_layout(form, body.json, frozenset(names), at)
    form.close()


def _components(data: Json, flags: Flag) -> tuple[Json, ...]:
    components = tuple(data.get("components") or ())
    return with_component_ids(components) if Flag.COMPONENTS_V2 in flags else components


def _not_empty(version: Version) -> Version:
    """The version, without the files that its layout does not show."""
    if Flag.COMPONENTS_V2 in version.flags:
        shown = shown_files(version.components)
        version = replace(version, attachments=tuple(item for item in version.attachments if item.filename in shown))
        if not version.components:
            raise empty_message()
    if not (version.content or version.embeds or version.attachments or version.components):
        raise empty_message()
    return version


def _edited_flags(old: Flag, data: Json) -> Flag:
    """An edit may hide embeds, and lay the message out in components for good; it also ends the loading state."""
    flags = old & ~Flag.LOADING
    if data.get("flags") is None:
        return flags
    given = Flag(int(data["flags"]))
    return (flags & ~Flag.SUPPRESS_EMBEDS) | (given & (Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2))


def _attachments(old: tuple[Attachment, ...], body: Body, ids: Snowflakes) -> tuple[Attachment, ...]:
    """The kept files and the new ones; an `attachments` list names those to keep and describes new ones."""
    listed = body.json.get("attachments")
    described = {str(item.get("id")): item for item in listed or []}
    kept = old if listed is None else tuple(item for item in old if str(item.id) in described)
    new = []
    for number, upload in sorted(body.uploads.items()):
        described_as = described.get(str(number), {})
        name = described_as.get("filename") or upload.filename
        new.append(Attachment(ids.next(), name, upload.data, described_as.get("description"), upload.content_type))
    return (*kept, *new)
