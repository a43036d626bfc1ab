"""The server started, refused, asked and stopped."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot import logs
from bot.http import launch
from bot.settings import IndexSettings, ServeSettings, Settings
from retrieval import extras
from retrieval.errors import InputInvalid
from retrieval.installing import install_command
from tests.bot.conftest import Cli
from tests.bot.http.conftest import QUESTION, held
from tests.conftest import MODEL_CACHE
from tests.toy import open_toy

TOKEN = "a-token-of-thirty-two-characters"
PATIENCE = 30.0  # seconds after which what hangs is given up


@pytest.fixture(autouse=True)
def no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave this process' log as it is, which the command sets up for its own."""
    monkeypatch.setattr(logs, "set_up", lambda *_, **options: None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_it_finish_what_is_in_progress(toy: Path, number: signal.Signals) -> None:
    begun, free = threading.Event(), threading.Event()

    async def play() -> None:
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        settings = Settings(index=IndexSettings(toy), serve=ServeSettings(port=0))
        running = asyncio.create_task(
            launch.run(settings, ready=address.set_result, opener=lambda: held(open_toy(toy), begun, free))
        )
        url = await address
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
            asking = asyncio.create_task(client.post("/ask", json={"question": QUESTION}))
            assert await asyncio.to_thread(begun.wait, PATIENCE)
            os.kill(os.getpid(), number)
            async with asyncio.timeout(PATIENCE):
                while not await refuses(url):
                    await asyncio.sleep(0)
            free.set()
            answer = await asking
            assert answer.status_code == 200
            assert answer.json()["quotes"][0]["citation"]["article"] == "bridge"
        await running

    async def refuses(url: str) -> bool:
        host, port = re.findall(r"//(.+):(\d+)/", url)[0]
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return True
        writer.close()
        return False

    asyncio.run(play())


@contextmanager
def process(index: Path, *arguments: str, token: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the real command; yields it and its address once it answers."""
    environment = {**os.environ, "QUOTH_MODEL_CACHE": str(MODEL_CACHE), "QUOTH_SERVE_TOKEN": token}
    command = [sys.executable, "-m", "bot.main", "serve", "--port", "0", "--index", str(index), *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as started:
        try:
            assert started.stderr is not None
            line = next(line for line in started.stderr if " INFO " not in line)
            others = r" and at every address of this machine \(0\.0\.0\.0\)" if "0.0.0.0" in arguments else ""
            address = re.fullmatch(rf"quoth answers at (http://\S+/){others} until you stop it with Ctrl-C\.\n", line)
            assert address, line
            yield started, address[1]
        finally:
            started.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_answers_until_it_is_stopped(index: Path, number: signal.Signals) -> None:
    with process(index) as (server, url):
        answer = httpx.post(f"{url}ask", json={"question": "Who built the lighthouse of Porto Vell?"}, timeout=PATIENCE)
        assert "1874" in answer.json()["quotes"][0]["text"]
        assert "server" not in answer.headers
        server.send_signal(number)
        assert server.wait(PATIENCE) == 0
        assert server.stderr is not None
        log = server.stderr.read()
    assert re.search(r"INFO bot\.http\.guard: 127\.0\.0\.1 POST /ask 200 in \d+ ms, reference [0-9a-f]{8}\n", log)
    assert "INFO bot.http.launch: stopping: requests in progress are finished first\n" in log
    assert "lighthouse" not in log
    assert "Traceback" not in log


def test_with_a_token_it_serves_other_machines_too(index: Path) -> None:
    with process(index, "--host", "0.0.0.0", token=TOKEN) as (_, url):
        assert httpx.get(f"{url}status", timeout=PATIENCE).status_code == 401
        known = {"Authorization": f"Bearer {TOKEN}"}
        assert httpx.get(f"{url}status", headers=known, timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "quoth.example"])
def test_other_addresses_are_refused_without_a_token(cli: Cli, host: str) -> None:
    refused = cli("serve", "--host", host)
    assert (refused.status, refused.out, refused.err) == (
        2,
        "",
        f"quoth: The address {host} can be reached from other machines, and there is no token: set QUOTH_SERVE_TOKEN, "
        "or token_file below [serve], or serve on 127.0.0.1.\n",
    )


@pytest.mark.parametrize("token", ["short", "with a space in the midst of it", "ünïcödé-ünïcödé-ünïcödé"])
def test_a_token_that_is_too_weak_is_refused_and_not_repeated(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("QUOTH_SERVE_TOKEN", token)
    refused = cli("serve")
    assert refused.err == (
        "quoth: The server's token is shorter than 16 characters, or has some that no header can have: make one with "
        "`openssl rand -hex 32`.\n"
    )


def test_the_token_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    settings = Settings(serve=ServeSettings(host="0.0.0.0", token_file=tmp_path / "token"))
    assert launch.read_token(settings) == TOKEN
    monkeypatch.setenv("QUOTH_SERVE_TOKEN", TOKEN[::-1])
    assert launch.read_token(settings) == TOKEN[::-1]
    monkeypatch.setenv("QUOTH_SERVE_TOKEN", "")
    missing = replace(settings, serve=replace(settings.serve, token_file=tmp_path / "secret-name"))
    with pytest.raises(InputInvalid, match=r"token_file below \[serve\] names cannot be read \(No such file") as caught:
        launch.read_token(missing)
    assert "secret-name" not in str(caught.value)


def test_a_port_in_use_is_one_sentence(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = cli("serve", "--port", str(port))
    assert (refused.status, refused.err) == (
        2,
        f"quoth: The port {port} of 127.0.0.1 is in use: name another with --port.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--port", "70000"],
            "The setting --port = 70000 on the command line is not valid: it must be a whole number from 0 to 65,535.",
        ),
        (
            ["--host", "nowhere.invalid"],
            "The address 'nowhere.invalid' is not known: name one of this machine with --host.",
        ),
        (["--host", "192.0.2.77"], "The address 192.0.2.77 is none of this machine's: name one that is."),
    ],
)
def test_an_address_that_cannot_be_served_is_one_sentence(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.setenv("QUOTH_SERVE_TOKEN", TOKEN)
    refused = cli("serve", *arguments)
    assert (refused.status, refused.err) == (2, f"quoth: {sentence}\n")


def test_an_index_that_is_missing_is_one_sentence(cli: Cli, tmp_path: Path) -> None:
    refused = cli("serve", "--port", "0", "--index", tmp_path / "none")
    assert refused.status == 2
    assert refused.err.startswith(f"quoth: There is no index at {tmp_path / 'none'}: build one with `quoth index")


@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_a_missing_extra_is_one_sentence(cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda package: None)
    refused = cli(command)
    assert (refused.status, refused.err) == (
        2,
        f"quoth: `quoth {command}` needs the extra '{command}': install it with `{install_command(command)}`.\n",
    )


@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_the_setting_says_how_to_log(cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    async def serve(*_: object, **__: object) -> None:
        """End at once."""

    formats = list[bool]()
    monkeypatch.setattr("bot.logs.set_up", lambda token, *, as_json: formats.append(as_json))
    monkeypatch.setattr("bot.cli.mcp.leave_when_interrupted", lambda: None)
    monkeypatch.setattr("bot.http.launch.run", serve)
    monkeypatch.setattr("bot.mcp_server.launch.run", serve)
    assert cli(command).status == 0
    assert cli(command, "--log-json").status == 0
    monkeypatch.setenv("QUOTH_MONITORING_LOG_FORMAT", "json")
    assert cli(command).status == 0
    assert formats == [False, True, True]


def test_asking_loads_nothing_of_a_server() -> None:
    code = "import sys, bot.main, bot.cli.ask; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "typer" in loaded
    assert {"starlette", "uvicorn", "mcp", "mcp_types", "jinja2", "anyio"} & set(loaded) == set()
