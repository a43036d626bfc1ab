"""The JSON API: its endpoints, and how each reads its request."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from bot.answering import replies
from bot.answering.collection import Collection
from bot.answering.requests import (
    FILTERS,
    ArticlesRequest,
    AskRequest,
    SearchRequest,
    ShowRequest,
    VerifyRequest,
    checked,
)
from bot.formats.json_output import line
from bot.formats.visible import one_line
from bot.http import openapi
from bot.http.problems import Refused
from retrieval.errors import InputInvalid

log = logging.getLogger(__name__)

LARGEST_BODY = 256 << 10  # bytes
BODY_WITHIN = 10.0  # seconds in which all of it has to come
JSON = "application/json"
NUMBERS = ("page", "top")

R = TypeVar("R")


class Api:
    """Answers requests for JSON from one collection."""

    def __init__(self, collection: Collection, *, verbose: bool = False) -> None:
        """`verbose` logs what is asked."""
        self._collection, self._verbose = collection, verbose

    async def ask(self, request: Request) -> Response:
        """`POST /ask`."""
        return await self._posted(request, AskRequest.of, replies.answer_of)

    async def verify(self, request: Request) -> Response:
        """`POST /verify`."""
        return await self._posted(request, VerifyRequest.of, replies.match_of)

    async def search(self, request: Request) -> Response:
        """`GET /search`."""
        search = await checked(SearchRequest.of, fields_of(request.query_params))
        return _reply(await replies.search_of(self._collection, search))

    async def quote(self, request: Request) -> Response:
        """`GET /quote/{ref}` of whoever is no browser."""
        check_no_query(request)
        return _reply(await replies.place_of(self._collection, ShowRequest(request.path_params["ref"])))

    async def articles(self, request: Request) -> Response:
        """`GET /articles`."""
        page = await checked(ArticlesRequest.of, fields_of(request.query_params))
        return _reply(await replies.articles_of(self._collection, page))

    async def status(self, request: Request) -> Response:
        """`GET /status`."""
        check_no_query(request)
        return _reply(await replies.status_of(self._collection))

    async def openapi(self, request: Request) -> Response:
        """`GET /openapi.json`."""
        check_no_query(request)
        return _reply(openapi.document())

    async def _posted(
        self,
        request: Request,
        read: Callable[[object], R],
        work: Callable[[Collection, R], Awaitable[replies.Reply]],
    ) -> Response:
        check_no_query(request)
        content = await _content(request)
        if self._verbose:
            log.info("%s is asked %s", request.url.path, one_line(json.dumps(content, ensure_ascii=False)))
        return _reply(await work(self._collection, await checked(read, content)))


def fields_of(query: QueryParams) -> dict[str, object]:
    """Return the fields of a request from a query, numbers as numbers and the criteria of its filter together."""
    fields: dict[str, object] = {}
    criteria = {name: value for name, value in query.items() if name in FILTERS}
    if criteria:
        fields["filter"] = criteria
    for name, value in query.multi_items():
        if len(query.getlist(name)) > 1:
            raise InputInvalid(f"The field {name[:40]!r}", "is there twice", "give it once")
        if name not in FILTERS:
            fields[name] = int(value) if name in NUMBERS and _is_number(value) else value
    return fields


def check_no_query(request: Request) -> None:
    """Raise InputInvalid where an address that takes no query has one."""
    if request.scope["query_string"]:
        raise InputInvalid("The address", "has a question mark with something behind it", "leave that out")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


async def _content(request: Request) -> object:
    """Return the JSON of a request's body; raises Refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Refused(415, f"The request is not marked as JSON: send it with `Content-Type: {JSON}`.")
    try:
        return json.loads((await _body(request)).decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refused(400, 'The request is not JSON in UTF-8: send an object, such as {"question": "Who?"}.') from None


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for part in request.stream():
                body += part
                if len(body) > LARGEST_BODY:
                    raise Refused(413, f"The request has more than {LARGEST_BODY:,} bytes: shorten it.")
    except TimeoutError:
        raise Refused(408, f"The request did not come within {BODY_WITHIN:g} s: send it again.") from None
    return bytes(body)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _reply(content: Mapping[str, Any]) -> Response:
    return Response(f"{line(dict(content))}\n".encode("utf-8", "surrogatepass"), media_type=JSON)
