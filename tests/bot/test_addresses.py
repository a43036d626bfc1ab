"""A password or a key in an address that is given as a setting, a path or an option is never printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.setting_table import SETTINGS, variable
from tests.bot.conftest import Cli

SECRET = "Hunter2-pass"
ADDRESSES = (f"https://user:{SECRET}@127.0.0.1:9/m", f"http://127.0.0.1:9/m?token={SECRET}")
COMMANDS = (("ask", "It?"), ("index",), ("discord", "--invite"))
SLOW = ("index.path", "model.cache")
"""Settings that hold paths where something is written."""


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("key", [key for key in SETTINGS if key not in SLOW])
def test_no_setting_that_holds_one_is_printed(
    key: str, address: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN", "a-token")
    for arguments in COMMANDS:
        (tmp_path / "quoth.toml").unlink(missing_ok=True)
        section, _, name = key.partition(".")
        with monkeypatch.context() as context:
            context.setenv(variable(key), address)
            runs = [cli(*arguments, "--index", "ix")]
        (tmp_path / "quoth.toml").write_text(f"[{section}]\n{name} = '{address}'\n", "utf-8")
        runs.append(cli(*arguments, "--index", "ix"))
        for ran in runs:
            assert SECRET not in ran.out + ran.err, (arguments, ran)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_option_that_holds_one_is_printed(
    address: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ("ask", "It?", "--index", address), ("status", "--index", address), ("status", "--index", address, "--json"),
        ("index", address, "--index", "ix"), ("index", ".", "--model", address, "--index", "ix"),
        ("ask", "--file", address), ("ask", "It?", "--config", address), ("eval", address), ("show", address),
        ("ask", "It?", f"--{address}"), ("ask", "It?", "--json=" + address), (address,), ("chat", "--top", address),
        ("feedback", "export", "--store", address), ("reach", "--index", address), ("verify", "--index", address, "I."),
    ):  # fmt: skip
        ran = cli(*arguments)
        assert SECRET not in ran.out + ran.err, (arguments, ran)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_folder_that_is_named_so_is_printed(
    address: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / address
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "a.md").write_text("It came.\n")
    monkeypatch.chdir(folder)
    for arguments in (("index", "articles"), ("index", "articles"), ("status",), ("status", "--json"), ("ask", "It?")):
        ran = cli(*arguments, "--index", "ix")
        assert SECRET not in ran.out + ran.err, (arguments, ran)


@pytest.mark.parametrize("address", ["https://ann:abcdefgh.Hunter2-pass@host/m", "https://host/m?token=a.Hunter2-pass"])
def test_no_name_of_a_setting_that_holds_one_is_printed_in_parts(
    address: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (f"'{address}' = 1\n", f"[index]\n'{address}' = 1\n", f"['{address}']\n"):
        (tmp_path / "quoth.toml").write_text(content, "utf-8")
        ran = cli("status")
        assert ran.status == 2
        assert SECRET not in ran.out + ran.err
