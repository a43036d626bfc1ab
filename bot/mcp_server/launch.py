"""The tools served on standard input and output; the index is opened with the first call, and followed from then on."""

from __future__ import annotations

import logging

import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

from bot.answering.collection import Collection
from bot.answering.opening import open_engine
from bot.answering.service import AnswerService
from bot.errors import sentence
from bot.formats.json_output import line
from bot.formats.schemas import schema
from bot.mcp_server.malformed import refused
from bot.mcp_server.tools import INSTRUCTIONS, ToolKind, tool_kinds
from bot.settings import Settings
from bot.version import installed_version
from retrieval.paths import resolved

log = logging.getLogger(__name__)

Context = ServerRequestContext[object]


async def run(settings: Settings) -> None:
    """Serve until the input ends."""
    index = resolved(settings.index.path)
    service = AnswerService(index, lambda: open_engine(settings))
    server = server_of(Collection(str(index), index, service))
    try:
        async with stdio_server() as (incoming, outgoing), refused(incoming, outgoing.send) as messages:
            await server.run(messages, outgoing, server.create_initialization_options())
    finally:
        await service.close()


def server_of(collection: Collection) -> Server[object]:
    """Return the server of the tools of a collection."""
    tools = {kind.name: kind for kind in tool_kinds()}

    async def list_tools(context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[*map(_described, tools.values())])

    async def call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name not in tools:
            return _failed(f"There is no tool {params.name[:40]!r}: use {', '.join(tools)}.")
        try:
            reply = await tools[params.name].work(collection, params.arguments or {})
        except Exception as error:  # noqa: BLE001 - an assistant is told in one sentence, never by a traceback
            what = sentence(error)
            log.info("%s failed: %s", params.name, what)
            return _failed(what)
        log.info("%s answered", params.name)
        return types.CallToolResult(content=[_text(line(reply))], structured_content=reply)

    return Server(
        "quoth",
        version=installed_version() or "",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _described(kind: ToolKind) -> types.Tool:
    annotations = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    return types.Tool(
        name=kind.name,
        title=kind.title,
        description=kind.description,
        input_schema=schema(kind.request),
        output_schema=kind.reply,
        annotations=annotations,
    )


def _failed(what: str) -> types.CallToolResult:
    return types.CallToolResult(content=[_text(what)], is_error=True)


def _text(text: str) -> types.TextContent:
    return types.TextContent(type="text", text=text)
