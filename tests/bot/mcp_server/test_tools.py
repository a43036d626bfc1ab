"""The tools of `quoth mcp`, called by the protocol's own client over the real command's standard streams."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import CallToolResult

from bot.mcp_server.tools import INSTRUCTIONS, tool_kinds
from tests.bot.conftest import write_corpus
from tests.conftest import MODEL_CACHE

PATIENCE = 60.0  # seconds after which what hangs is given up
QUESTION = "Who built the lighthouse of Porto Vell?"


def command_of(index: Path) -> list[str]:
    """The real command over an index."""
    return [sys.executable, "-m", "bot.main", "mcp", "--index", str(index)]


def play(index: Path, errors: Path, scene: Callable[[Client], Awaitable[None]]) -> str:
    """Have a client talk to the command; returns what that wrote to standard error."""
    environment = {**os.environ, "QUOTH_MODEL_CACHE": str(MODEL_CACHE)}
    program, *arguments = command_of(index)
    command = StdioServerParameters(command=program, args=arguments, env=environment)

    async def connected() -> None:
        with errors.open("w") as log:
            async with asyncio.timeout(PATIENCE), Client(stdio_client(command, errlog=log)) as client:
                await scene(client)

    asyncio.run(connected())
    return errors.read_text()


def structured(result: CallToolResult) -> dict[str, Any]:
    """The content of a result, which its text has too."""
    assert not result.is_error, result
    (text,) = result.content
    content = result.structured_content
    assert isinstance(content, dict)
    assert json.loads(getattr(text, "text", "")) == content
    return content


def sentence(result: CallToolResult) -> str:
    """What a failed call is told."""
    assert result.is_error
    assert result.structured_content is None
    (text,) = result.content
    return str(getattr(text, "text", ""))


def test_an_assistant_asks_verifies_shows_and_searches(index: Path, tmp_path: Path) -> None:
    async def scene(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == ["ask", "verify", "show", "search"]
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools.values())
        assert client.instructions == INSTRUCTIONS
        assert client.server_info is not None
        assert client.server_info.version == version("quoth")

        answer = structured(await client.call_tool("ask", {"question": QUESTION, "top": 1}))
        (quote,) = answer["quotes"]
        assert "built in 1874" in quote["text"]
        assert answer["answered"] is True
        assert "refusal" not in answer

        place = structured(await client.call_tool("show", {"ref": quote["citation"]["ref"]}))
        assert (place["text"], place["state"]) == (quote["text"], "current")
        match = structured(await client.call_tool("verify", {"text": quote["text"]}))
        assert match["verdict"] == "verbatim"
        assert quote["citation"]["ref"] in [citation["ref"] for citation in match["citations"]]
        found = structured(await client.call_tool("search", {"words": "storm", "top": 1, "filter": {"since": "2023"}}))
        assert found["passages"][0]["citation"]["article"] == "harbour"

        refused = structured(await client.call_tool("ask", {"question": "Why is the sky blue?"}))
        assert (refused["answered"], refused["quotes"]) == (False, [])
        assert refused["refusal"] == "The corpus does not answer that."

    log = play(index, tmp_path / "errors", scene)
    assert "INFO bot.mcp_server.launch: ask answered\n" in log
    assert "lighthouse" not in log


def test_a_bad_call_is_one_sentence(index: Path, tmp_path: Path) -> None:
    async def scene(client: Client) -> None:
        told = {
            ("ask", ""): "The field 'question' is empty: give it as a text with words.",
            ("answer", "Who?"): "There is no tool 'answer': use ask, verify, show, search.",
        }
        for (tool, question), what in told.items():
            assert sentence(await client.call_tool(tool, {"question": question})) == what
        assert sentence(await client.call_tool("show", {"ref": "harbour"})).startswith(
            "The permalink 'harbour' is malformed"
        )

    assert "Traceback" not in play(index, tmp_path / "errors", scene)


def test_a_missing_index_is_an_error_with_its_remedy_and_is_used_once_it_is_there(tmp_path: Path) -> None:
    index = tmp_path / "index"

    async def scene(client: Client) -> None:
        told = sentence(await client.call_tool("ask", {"question": QUESTION}))
        assert told == f"There is no index at {index}: build one with `quoth index FOLDER --index {index}`."
        command = [
            sys.executable,
            "-m",
            "bot.main",
            "index",
            str(write_corpus(tmp_path / "corpus")),
            "--index",
            str(index),
        ]
        building = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "QUOTH_MODEL_CACHE": str(MODEL_CACHE)}, stderr=asyncio.subprocess.DEVNULL
        )
        assert await building.wait() == 0
        assert structured(await client.call_tool("ask", {"question": QUESTION}))["answered"]

    play(index, tmp_path / "errors", scene)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_ends_it_while_it_waits(index: Path, number: signal.Signals, status: int) -> None:
    greeting = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    pipe = subprocess.PIPE
    with subprocess.Popen(command_of(index), stdin=pipe, stdout=pipe, stderr=pipe, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        server.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": greeting}) + "\n")
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["result"]["instructions"] == INSTRUCTIONS
        server.send_signal(number)
        assert server.wait(PATIENCE) == status
        assert "Traceback" not in server.stderr.read()


@pytest.mark.parametrize(
    ("line", "identifier", "code"),
    [
        (r'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"\ud800"}}', 7, -32700),
        (r'{"jsonrpc":"2.0","id":"\ud800","method":"ping"}', None, -32700),
        ("{", None, -32700),
        ("[" * 100_000, None, -32700),
        ("[]", None, -32600),
        ('{"jsonrpc":"1.0","id":"seven","method":"ping"}', "seven", -32600),
    ],
)  # fmt: skip
def test_a_line_that_is_no_message_is_answered(index: Path, line: str, identifier: int | str | None, code: int) -> None:
    greeting = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    hello = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": greeting})
    last = '{"jsonrpc":"2.0","id":2,"method":"ping"}'
    replies = dict[object, dict[str, Any]]()
    pipe = subprocess.PIPE
    with subprocess.Popen(command_of(index), stdin=pipe, stdout=pipe, stderr=pipe, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        server.stdin.write("".join(f"{message}\n" for message in (hello, line, last)))
        server.stdin.flush()
        while 2 not in replies:
            reply = json.loads(server.stdout.readline())
            replies[reply["id"]] = reply
        server.stdin.close()
        assert server.wait(PATIENCE) == 0
        assert "Traceback" not in server.stderr.read()
    assert replies[identifier]["error"]["code"] == code
    assert replies[2]["result"] == {}


def test_the_tools_tell_an_assistant_to_quote_only_what_they_return() -> None:
    assert "Quote only what these tools return, word for word" in INSTRUCTIONS
    for kind in tool_kinds():
        if kind.name in ("ask", "search"):
            assert "Quote only what" in kind.description
