"""A Discord token put wherever a user may put it by mistake is never printed, nor logged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cli.errors import status_of
from bot.settings import load
from retrieval.errors import SettingInvalid
from tests.bot.conftest import Cli, Ran
from tests.retrieval.test_redaction import TOKEN, TOKENS

PLACE = "a token belongs in the variable QUOTH_DISCORD_TOKEN, or in a file that token_file below [discord] names"

FILES = (
    '[discord]\ntoken = "{}"',
    'token = "{}"',
    '"{}" = 1',
    "{} = 1",
    "[{}]\n[{}]",
    "[discord.{}]",
    "x = {{ {} = 1, {} = 1 }}",
    "{}",
    "token = {}",
    "discord = '{}'",
    "[discord]\nbot_token = '{}'",
    "[discord]\ntoken_file = '{}'",
    "[discord]\ntoken_file = 'Bot {}'",
    "[discord]\ntoken_file = '/nowhere/{}/token'",
    "[discord]\napplication = '{}'",
    "[discord]\nservers = ['{}']",
    "[discord]\ncollections = {{ '{}' = 'x' }}",
    "[discord]\ncollections = {{ '3' = '{}' }}",
    "[discord]\napi_url = 'https://example.org/{}'",
    "[discord]\nstore = '{}'",
    "[answer]\ntop = '{}'",
    "[answer]\nreranker = '{}'",
    "[model]\nname = '{}'",
    "[model]\nengine = '{}'",
    "[index]\npath = '{}'",
    "[secrets]\nx = '{}'",
    "[index]\npath = '''\n{}'''\n[[x]]\n[x]",
)
"""Settings files."""
VARIABLES = (
    "QUOTH_TOKEN", "QUOTH_DISCORD_SECRET", "QUOTH_DISCORD_APPLICATION", "QUOTH_DISCORD_TOKEN_FILE", "QUOTH_CONFIG",
    "QUOTH_DISCORD_API_URL", "QUOTH_DISCORD_SERVERS", "QUOTH_DISCORD_COLLECTIONS", "QUOTH_MODEL_NAME",
    "QUOTH_INDEX_PATH", "QUOTH_ANSWER_TOP", "QUOTH_DISCORD_STORE", "QUOTH_BOT",
)  # fmt: skip
FLAGS = (
    ("--config", "{}"), ("--index", "{}"), ("--token", "{}"), ("--token={}",), ("{}",), ("--{}",), ("--json={}",),
    ("--log-json", "{}"),
)  # fmt: skip


@pytest.fixture
def leaks(empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command where only a settings file lies; what went to the log stands behind what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUOTH_MODEL_CACHE", "")

    def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Ran:
        ran = empty_cli(*arguments, stdin=stdin)
        logs = "".join(log.read_text("utf-8") for log in Path.home().rglob("quoth.log"))
        return Ran(ran.status, ran.out, ran.err + logs)

    return run


def check(ran: Ran, token: str) -> None:
    """A mistake that is told without the token, and without its last part."""
    assert ran.status == 2, ran
    assert token not in ran.out + ran.err
    assert token.rpartition(".")[2] not in ran.out + ran.err
    assert "Something went wrong" not in ran.err


@pytest.mark.parametrize("content", FILES)
def test_a_token_in_the_settings_file(content: str, leaks: Cli, tmp_path: Path) -> None:
    (tmp_path / "quoth.toml").write_text(content.replace("{{", "{").replace("}}", "}").replace("{}", TOKEN))
    check(leaks("discord", "--invite"), TOKEN)


@pytest.mark.parametrize("name", VARIABLES)
def test_a_token_in_a_variable(name: str, leaks: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, TOKEN)
    check(leaks("discord", "--invite"), TOKEN)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(
    token=TOKENS,
    prefix=st.sampled_from(["", "TOKEN_", "DISCORD_TOKEN_", "x"]),
    separator=st.sampled_from([".", "_", "__", "-", " ", ""]),
)
def test_a_token_in_the_name_of_a_variable(token: str, prefix: str, separator: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        load(environment={f"QUOTH_{prefix}{token.replace('.', separator)}": "1"})
    assert not any(part in str(caught.value) for part in token.split(".") if len(part) > 12)


@pytest.mark.parametrize("name", ["QUOTH_DISCORD_ASK_CHANNELS_OF_SERVERS", "QUOTH_index_path", "QUOTH_ANSWER_TPO"])
def test_the_name_of_a_variable_that_holds_no_token_is_repeated(name: str) -> None:
    with pytest.raises(SettingInvalid, match=f"^The setting {name} in the environment is not valid: no variable has"):
        load(environment={name: "1"})


@pytest.mark.parametrize("arguments", FLAGS)
@pytest.mark.parametrize("command", ["discord", "status"])
def test_a_token_on_the_command_line(command: str, arguments: tuple[str, ...], leaks: Cli) -> None:
    check(leaks(command, *(argument.format(TOKEN) for argument in arguments)), TOKEN)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[discord]\ntoken = "{}"', "The setting discord.token in"),
        ('token = "{}"', "The setting token in"),
        ('[discord]\ntoken_file = "{}"', "The setting discord.token_file in"),
    ],
)
def test_it_is_said_where_a_token_belongs(content: str, message: str, leaks: Cli, tmp_path: Path) -> None:
    (tmp_path / "quoth.toml").write_text(content.format(TOKEN))
    ran = leaks("discord")
    assert ran.err.startswith(f"quoth: {message}")
    assert ran.err.endswith(f"{PLACE}.\n")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", ["QUOTH_TOKEN", "QUOTH_DISCORD_SECRET", "QUOTH_DISCORD_APPLICATION"])
def test_it_is_said_of_a_variable(name: str, leaks: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, TOKEN)
    assert PLACE in leaks("discord").err


def test_the_token_file_taken_for_the_settings(leaks: Cli, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    check(leaks("discord", "--config", "token"), TOKEN)
    (tmp_path / "token").write_bytes(b"\xff" + TOKEN.encode())
    check(leaks("discord", "--config", "token"), TOKEN)


def test_a_secret_of_another_shape_is_not_told_either(
    leaks: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (
        "discord = '{}'",
        "[discord]\ntoken_file = '{}'",
        "[discord]\nsecret = '{}'",
        "[discord]\napplication = '{}'",
    ):
        (tmp_path / "quoth.toml").write_text(content.format("s3cr3t"))
        assert "s3cr3t" not in leaks("discord").err
    (tmp_path / "quoth.toml").unlink()
    for name in ("QUOTH_DISCORD_SECRET", "QUOTH_PASSWORD", "QUOTH_DISCORD_APPLICATION", "QUOTH_DISCORD_TOKEN_FILE"):
        with monkeypatch.context() as context:
            context.setenv(name, "s3cr3t")
            assert "s3cr3t" not in leaks("discord").err


def test_a_traceback_in_the_log_holds_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise ZeroDivisionError(f"Authorization: Bot {TOKEN}")

    assert status_of(work) == 2
    (log,) = Path.home().rglob("quoth.log")
    assert "Authorization: Bot [token]" in log.read_text("utf-8")
    assert TOKEN not in log.read_text("utf-8") + capsys.readouterr().err


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=TOKENS, content=st.sampled_from(FILES), data=st.data())
def test_no_token_anywhere_is_printed(
    token: str, content: str, data: st.DataObject, leaks: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quoth.toml").unlink(missing_ok=True)
    with monkeypatch.context() as context:
        place = data.draw(st.sampled_from(["file", "variable", "flag"]))
        arguments: tuple[str, ...] = ()
        if place == "file":
            (tmp_path / "quoth.toml").write_text(
                content.replace("{{", "{").replace("}}", "}").replace("{}", token), "utf-8"
            )
        elif place == "variable":
            prefix = data.draw(st.sampled_from(["", "Bot ", "x=", "/tmp/"]))
            context.setenv(data.draw(st.sampled_from(VARIABLES)), prefix + token)
        else:
            arguments = tuple(argument.format(token) for argument in data.draw(st.sampled_from(FLAGS)))
        check(leaks("discord", "--invite", *arguments), token)


@pytest.mark.parametrize("cut", [0, 28, 50])
def test_no_path_that_holds_one_is_printed(cut: int, leaks: Cli, tmp_path: Path) -> None:
    token = TOKEN[:cut] + "/" * bool(cut) + TOKEN[cut:]
    folder = tmp_path / token
    for name in (f"{token}.xls", f"{token}/a.md"):
        file = folder / "articles" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("It came.\n")
    os.chdir(folder)  # the fixture goes back
    index = ("--index", "ix")
    for arguments in (
        ("index", "articles", *index), ("index", "articles", *index), ("status", *index), ("status", *index, "--json"),
        ("ask", "It?", "--index", "articles"), ("status", "--index", "no"),
    ):  # fmt: skip
        ran = leaks(*arguments)
        assert TOKEN[-12:] not in ran.out + ran.err, (arguments, ran)
