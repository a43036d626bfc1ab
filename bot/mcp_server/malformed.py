"""Lines that are no message: each is answered by an error, where the protocol's package would say nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import mcp_types as types
from anyio.abc import ObjectSendStream
from anyio.streams.memory import MemoryObjectReceiveStream
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

NO_JSON = "The line is not JSON: send a message on one line, in UTF-8 and without lone surrogates."
NO_MESSAGE = "The line is no message of JSON-RPC 2.0: send a request with jsonrpc, id and method."

Item = SessionMessage | Exception
"""What the package reads from a line."""


@asynccontextmanager
async def refused(
    incoming: AsyncIterable[Item], reply: Callable[[SessionMessage], Awaitable[None]]
) -> AsyncIterator[MemoryObjectReceiveStream[Item]]:
    """Yield the messages that come in; what is none is replied to."""
    sender, messages = anyio.create_memory_object_stream[Item]()
    async with anyio.create_task_group() as group:
        group.start_soon(_sort, incoming, sender, reply)
        async with messages:
            yield messages
        group.cancel_scope.cancel()


async def _sort(
    incoming: AsyncIterable[Item],
    messages: ObjectSendStream[Item],
    reply: Callable[[SessionMessage], Awaitable[None]],
) -> None:
    async with messages:
        async for item in incoming:
            if isinstance(item, ValidationError):
                await reply(SessionMessage(refusal_of(item)))
            else:
                await messages.send(item)


def refusal_of(error: ValidationError) -> types.JSONRPCError:
    """Return the reply to a line, under the id that it has, if that can be read."""
    faults = error.errors(include_url=False)
    is_json = all(fault["type"] != "json_invalid" for fault in faults)
    identifiers = [_identifier(fault["input"]) for fault in faults]
    return types.JSONRPCError(
        jsonrpc="2.0",
        id=next((identifier for identifier in identifiers if identifier is not None), None),
        error=types.ErrorData(
            code=types.INVALID_REQUEST if is_json else types.PARSE_ERROR, message=NO_MESSAGE if is_json else NO_JSON
        ),
    )


def _identifier(content: object) -> int | str | None:
    """Return the id of what a line has, or of the line as Python reads it, which takes lone surrogates."""
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return None
    identifier = content.get("id") if isinstance(content, dict) else None
    if isinstance(identifier, str) and identifier.isprintable():
        return identifier
    return identifier if isinstance(identifier, int) and not isinstance(identifier, bool) else None
