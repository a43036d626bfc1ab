"""`quoth setup`: what it asks, what it writes, and that it writes all of it or nothing."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from bot.cli import setup_files
from bot.settings import load
from retrieval.errors import InputInvalid
from tests.bot.conftest import Cli, write_corpus

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "MTEyMjMzNDQ1NTY2Nzc4ODk5.GAbCdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
PATIENCE = 120  # seconds after which what a test waits for is taken to be missing

Open = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the user stands, with articles in it."""
    write_corpus(tmp_path / "articles")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def terminal(here: Path) -> Iterator[Open]:
    """Opens a terminal with `quoth setup` in it."""
    opened: list[pexpect.spawn[str]] = []

    def start(*arguments: str) -> pexpect.spawn[str]:
        environment = {**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
        process = pexpect.spawn(
            sys.executable,
            ["-m", "bot", "setup", *arguments],
            cwd=str(here), env=environment, dimensions=(40, 200), encoding="utf-8", timeout=PATIENCE,
        )  # fmt: skip
        opened.append(process)
        return opened[-1]

    yield start
    for process in opened:
        process.close(force=True)


def status_of(process: pexpect.spawn[str]) -> int:
    """Wait for the end; the exit status."""
    process.expect(pexpect.EOF)
    process.close()
    return int(process.exitstatus)


def files(folder: Path) -> list[str]:
    """Everything below a folder but the articles."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if "articles" not in path.parts)


def test_options_are_the_answers_where_there_is_no_terminal(empty_cli: Cli, here: Path) -> None:
    ran = empty_cli("setup", "--articles", "articles", "--terminal")
    assert (ran.status, ran.out, ran.err) == (0, f"Wrote {here / 'quoth.toml'}.\nNext: `quoth index`\n", "")
    settings = load()
    assert (settings.file, settings.corpus.path) == (here / "quoth.toml", here / "articles")
    assert settings.index.path == here / ".quoth" / "index"
    assert settings.discord.token_file is None


@pytest.mark.parametrize(
    "arguments",
    [[], ["--articles", "articles"], ["--terminal"], ["--discord", "--token-file", "token"]],
)
def test_without_a_terminal_nothing_is_asked(arguments: list[str], empty_cli: Cli, here: Path) -> None:
    ran = empty_cli("setup", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "quoth: quoth setup has questions to ask, and there is no terminal: run it in one, or give --articles and "
        "--terminal, or else --articles, --discord and --token-file.\n"
    )
    assert files(here) == []


def test_a_settings_file_that_is_there_is_replaced_on_demand_alone(empty_cli: Cli, here: Path) -> None:
    (here / "quoth.toml").write_text("[answer]\ntop = 5\n")
    arguments = ("setup", "--articles", "articles", "--terminal")
    ran = empty_cli(*arguments)
    refusal = "is there already: pass --replace, or name another: --config."
    assert (ran.status, ran.err) == (2, f"quoth: The settings file {here / 'quoth.toml'} {refusal}\n")
    assert (here / "quoth.toml").read_text() == "[answer]\ntop = 5\n"
    for copy in ("quoth.toml.before", "quoth.toml.before-2"):
        ran = empty_cli(*arguments, "--replace")
        assert ran.out.startswith(f"Wrote {here / 'quoth.toml'}. What was there is in {here / copy}.\n")
    assert (here / "quoth.toml.before").read_text() == "[answer]\ntop = 5\n"
    assert files(here) == ["quoth.toml", "quoth.toml.before", "quoth.toml.before-2"]


def test_discord_takes_the_file_of_a_token(empty_cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("setup", "--articles", "articles", "--discord")
    remedy = "name the file that holds it with --token-file, or set QUOTH_DISCORD_TOKEN"
    assert empty_cli(*arguments).err == f"quoth: The bot's token is missing: {remedy}.\n"
    (here / "token").write_text("no token")
    ran = empty_cli(*arguments, "--token-file", "token")
    assert ran.err == (
        "quoth: The file of the token does not hold what looks like a bot's token: put the token into it, and nothing "
        "else.\n"
    )
    assert files(here) == ["token"]
    (here / "token").write_text(TOKEN)
    ran = empty_cli(*arguments, "--token-file", "token")
    assert (ran.status, load().discord.token_file) == (0, here / "token")
    assert TOKEN not in (here / "quoth.toml").read_text() + ran.out + ran.err


@pytest.mark.parametrize(
    "name", ['quo"te', "back\\slash", "uml\u00e4ut", "tab\there", "rub\x7fout", "new\nline", "[x]"]
)
def test_any_path_is_written_so_that_it_is_read_back(name: str, empty_cli: Cli, here: Path) -> None:
    (here / "articles").rename(here / name)
    ran = empty_cli("setup", "--articles", name, "--terminal")
    assert (ran.status, ran.err) == (0, "")
    assert load().corpus.path == here / name
    tomllib.loads((here / "quoth.toml").read_text("utf-8"))


def test_where_it_cannot_write_everything_is_as_it_was(
    empty_cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_file = here / "private" / "token"
    plan = setup_files.Plan(here / "quoth.toml", here / "articles", token_file, TOKEN)
    for error, outcome in ((KeyboardInterrupt, KeyboardInterrupt), (OSError, InputInvalid)):
        monkeypatch.setattr("bot.cli.setup_files.load", _raising(error))
        with pytest.raises(outcome):
            setup_files.write(plan)
        assert files(here) == ["private"]
    token_file.write_text("the one before")
    with pytest.raises(InputInvalid):
        setup_files.write(plan)
    assert (token_file.read_text(), files(here)) == ("the one before", ["private", "private/token"])


def _raising(error: type[BaseException]) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_it_offers_to_build_the_index(empty_cli: Cli, here: Path) -> None:
    ran = empty_cli("setup", "--articles", "articles", "--terminal", "--build")
    assert ran.status == 0
    assert "\nholds         5 articles" in ran.out
    assert ran.out.endswith("\n\nNext: `quoth chat`\n")
    assert empty_cli("ask", "Who built the lighthouse of Porto Vell?").status == 0


def test_a_conversation_in_a_terminal(terminal: Open, here: Path) -> None:
    process = terminal()
    process.expect_exact("Which folder are your articles in?")
    process.send("nowhere\r")
    process.expect(r"nowhere\s+does\s+not\s+exist")
    process.expect_exact("Which folder are your articles in?")
    process.send("articles\r")
    process.expect_exact("terminal or in Discord?")
    process.send("discord\r")
    process.expect_exact("(hidden; Enter leaves it out):")
    process.send("not-a-token\r")
    process.expect_exact("That does not look like a bot's token")
    process.expect_exact("(hidden; Enter leaves it out):")
    process.send(f"{TOKEN}\r")
    process.expect_exact("Build the index now?")
    shown = process.before
    process.send("n\r")
    process.expect_exact("Next: `quoth index`")
    assert status_of(process) == 0
    token_file = Path(os.environ["XDG_CONFIG_HOME"], "quoth", "discord-token")
    assert TOKEN not in shown
    assert token_file.read_text() == f"{TOKEN}\n"
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    assert load().discord.token_file == token_file
    assert load().corpus.path == here / "articles"


@pytest.mark.parametrize("keys", ["\x03", "\x04"])
def test_leaving_writes_nothing(keys: str, terminal: Open, here: Path) -> None:
    process = terminal("--discord", "--articles", "articles")
    process.expect_exact("(hidden; Enter leaves it out):")
    process.send(keys)
    process.expect_exact("Interrupted; nothing was written.")
    assert status_of(process) == 130
    assert files(here) == []
    assert not Path(os.environ["XDG_CONFIG_HOME"]).exists()


def test_a_no_keeps_the_settings_file(terminal: Open, here: Path) -> None:
    (here / "quoth.toml").write_text("[answer]\ntop = 5\n")
    process = terminal("--terminal", "--articles", "articles")
    process.expect_exact("[y/N]")
    process.send("\r")
    process.expect_exact("Nothing was written.")
    assert status_of(process) == 0
    assert (here / "quoth.toml").read_text() == "[answer]\ntop = 5\n"
