"""`--verbose`, `--quiet`, `--log-level` and QUOTH_LOG_LEVEL: what comes on standard error, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.setting_table import SETTINGS, variable
from tests.bot.conftest import Cli, write_corpus

QUESTION = "Who built the lighthouse of Porto Vell?"
OPENED = "INFO bot.answering.opening: the index "


@pytest.mark.parametrize(
    "arguments",
    [
        ("--verbose", "ask", QUESTION),
        ("ask", QUESTION, "--verbose"),
        ("--log-level", "info", "ask", QUESTION),
        ("ask", "--log-level", "info", QUESTION),
        ("--log-level", "error", "ask", "--log-level", "info", QUESTION),
    ],
)
def test_logs_go_to_standard_error_before_and_behind_the_command(arguments: tuple[str, ...], cli: Cli) -> None:
    plain = cli("ask", QUESTION)
    ran = cli(*arguments)
    assert (ran.status, ran.out, plain.err) == (0, plain.out, "")
    assert OPENED in ran.err


def test_the_variable_sets_the_level_and_the_command_line_overrides_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_LOG_LEVEL", "info")
    assert OPENED in cli("ask", QUESTION).err
    assert cli("--log-level", "warning", "ask", QUESTION).err == ""
    assert cli("ask", QUESTION, "--log-level", "warning").err == ""
    monkeypatch.setenv("QUOTH_LOG_LEVEL", "loud")
    ran = cli("ask", QUESTION)
    assert (ran.status, ran.out) == (2, "")
    assert "QUOTH_LOG_LEVEL" in ran.err


def test_the_traceback_of_a_mistake_is_logged_at_debug_alone(cli: Cli, tmp_path: Path) -> None:
    arguments = ("ask", QUESTION, "--index", tmp_path / "none")
    sentence = f"quoth: There is no index at {tmp_path / 'none'}: build one with"
    for level in ("info", "warning", "error"):
        ran = cli(*arguments, "--log-level", level)
        assert (ran.status, "Traceback" in ran.err) == (2, False)
        assert sentence in ran.err
    ran = cli(*arguments, "--log-level", "debug")
    assert "Traceback (most recent call last):" in ran.err
    assert ran.err.splitlines()[-1].startswith(sentence)


def test_quiet_leaves_notices_out_and_errors_in(empty_cli: Cli, tmp_path: Path) -> None:
    folder, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    assert empty_cli("index", folder, "--index", index, "--quiet").out == ""
    (folder / "echo.txt").unlink()
    arguments = ("ask", QUESTION, "--index", index)
    assert "no longer there" in empty_cli(*arguments).err
    for quiet in (("--quiet", *arguments), (*arguments, "--quiet")):
        ran = empty_cli(*quiet)
        assert (ran.status, ran.err) == (0, "")
    ran = empty_cli("--quiet", "ask", QUESTION, "--index", tmp_path / "none")
    assert ran.err.startswith("quoth: There is no index at")
    assert "no longer there" in empty_cli(*arguments).err, "the next command is not quiet"


COMMANDS_OF = {
    "CORPUS": ("index",),
    "--model": ("index",),
    "--ray": ("index",),
    "--index": ("ask", "index", "search", "show", "verify", "status", "doctor", "chat", "discord", "eval", "reach"),
    "--top": ("ask", "chat"),
    "--host": ("serve",),
    "--port": ("serve",),
    "--log-json": ("discord", "serve"),
}


def test_help_names_the_variable_of_each_option_that_has_one(empty_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    flags = {setting.flag: variable(setting.key) for setting in SETTINGS.values() if setting.flag}
    assert flags.keys() == COMMANDS_OF.keys()
    for flag, commands in COMMANDS_OF.items():
        for command in commands:
            out = empty_cli(command, "--help").out
            assert f"[env var: {flags[flag]}]" in out, command
            assert "[env var: QUOTH_LOG_LEVEL]" in out, command
            assert "[env var: QUOTH_CONFIG]" in out, command
