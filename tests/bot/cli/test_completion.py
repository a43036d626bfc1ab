"""Completions: what each shell is told, and that bash puts it on the line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from bot.cli.completion import Typed, parse
from tests.bot.conftest import Cli

ROOT = Path(__file__).resolve().parents[3]
BREAKS = " \t\n\"'@><=;|&(:"
"""The break marks that bash has unless it is set otherwise."""
PATIENCE = 60  # seconds after which what a test waits for is taken to be missing
Complete = Callable[..., list[str]]


@pytest.fixture
def complete(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """Completes words as fish asks for it; what each line says behind its tab is left out."""

    def run(*words: str) -> list[str]:
        monkeypatch.setenv("_QUOTH_COMPLETE", "fish")
        ran = cli(*words)
        assert ran.err == ""
        return [line.partition("\t")[0] for line in ran.out.splitlines()]

    return run


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        (("ver",), ["verify"]),
        (("ask", "--sour"), ["--source"]),
        (("ask", "--log-level", "d"), ["debug"]),
        (("--log-level", "w"), ["warning"]),
        (("ask", "Who?", "--language", ""), ["en"]),
        (("ask", "Who?", "--source", "C"), ["Coast Gazette"]),
        (("ask", "Who?", "--path", "h"), ["harbour.md", "hostile.txt"]),
        (("ask", "--path=h"), ["--path=harbour.md", "--path=hostile.txt"]),
        (("verify", "x", "--source", "b"), ["bees"]),
        (("verify", "x", "--source", "EES"), ["bees"]),
        (("verify", "x", "--source=ees"), ["--source=bees"]),
        (("ask", "Who?", "--source", "gaz"), ["Coast Gazette"]),
        (("ask", "Who?", "--tag", ""), []),
        (("--show-completion", "z"), ["zsh"]),
        (("ask", "--index", "nowhere", "--language", ""), []),
    ],
)
def test_values_are_those_of_the_index(words: tuple[str, ...], completions: list[str], complete: Complete) -> None:
    assert complete(*words) == completions


def test_a_permalink_is_completed_in_two_steps(complete: Complete, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (begun,) = complete("show", "bee")
    assert complete("show", "ee") == [begun]
    assert re.fullmatch(r"bees@[0-9a-f]{12}#", begun)
    permalinks = complete("show", begun)
    assert len(permalinks) == 2
    assert all(permalink.startswith(begun) for permalink in permalinks)
    monkeypatch.delenv("_QUOTH_COMPLETE")
    assert "[[The school keeps nine beehives on its roof.]]" in cli("show", permalinks[0]).out


@pytest.mark.parametrize("damage", ["settings", "index"])
def test_faults_are_silent(damage: str, complete: Complete, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if damage == "settings":
        monkeypatch.setenv("QUOTH_NONSENSE", "1")
    else:
        (own / "CURRENT").write_bytes(b"broken")
    assert complete("ask", "Who?", "--language", "") == []
    assert complete("ver") == ["verify"]


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("quoth ", Typed([], "")),
        ("quoth sho", Typed([], "sho")),
        ("quoth show a\\ b", Typed(["show"], "a b")),
        ("quoth show 'a b", Typed(["show"], "a b", in_quotes=True)),
        ("quoth show a@b", Typed(["show"], "a@b", 1)),
        ("quoth show a:b@c=", Typed(["show"], "a:b@c=", 6)),
        ("quoth show a\\:b 'c:d'e", Typed(["show", "a:b"], "c:de")),
        ("quoth ask --source='a b", Typed(["ask"], "--source=a b", 9, True)),
        ('quoth ask "a b" --tag ', Typed(["ask", "a b", "--tag"], "")),
        ('quoth ask "" x', Typed(["ask", ""], "x")),
        ("quoth ask x\\", Typed(["ask"], "x")),
    ],
)
def test_a_line_of_bash_may_end_anywhere(line: str, typed: Typed) -> None:
    assert parse(line, BREAKS) == typed


def in_bash(line: str, breaks: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What bash is told for a line with the cursor at its end."""
    for name, value in (("LINE", line), ("POINT", str(len(os.fsencode(line)))), ("WORDBREAKS", breaks)):
        monkeypatch.setenv(f"COMP_{name}", value)
    monkeypatch.setenv("_QUOTH_COMPLETE", "bash")
    return cli().out.splitlines()


def test_bash_is_told_what_goes_behind_its_break_marks(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, few = BREAKS, " \t\n"
    assert in_bash("quoth ask x --source C", usual, cli, monkeypatch) == ["Coast\\ Gazette"]
    assert in_bash("quoth ask x --source 'C", usual, cli, monkeypatch) == ["Coast Gazette"]
    assert in_bash("quoth ask x --source=C", usual, cli, monkeypatch) == ["Coast\\ Gazette"]
    assert in_bash("quoth ask x --source=C", few, cli, monkeypatch) == ["--source=Coast\\ Gazette"]
    assert in_bash("quoth ask x --source Coast\\ G", usual, cli, monkeypatch) == ["Coast\\ Gazette"]
    assert in_bash("quoth ask x --source='C", usual, cli, monkeypatch) == ["Coast Gazette"]
    assert in_bash("quoth ask x --source gaz", usual, cli, monkeypatch) == ["Coast\\ Gazette"]
    assert in_bash("quoth ask x --source Coast=gaz", usual, cli, monkeypatch) == []
    (begun,) = in_bash("quoth show bees", usual, cli, monkeypatch)
    (article, digest) = begun.rstrip("#").split("@")
    assert in_bash(f"quoth show {article}@{digest}#", usual, cli, monkeypatch)[0].startswith(f"@{digest}#")
    assert in_bash(f"quoth show {article}@{digest}#", few, cli, monkeypatch)[0].startswith(f"bees@{digest}#")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_shown_and_installed(shell: str, empty_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = empty_cli("--show-completion", shell)
    assert (shown.status, shown.err) == (0, "")
    assert f"_QUOTH_COMPLETE={shell}" in shown.out
    for _ in range(2):
        ran = empty_cli("--install-completion", shell)
        assert (ran.status, ran.out.count("\n")) == (0, 1)
    file = Path(re.findall(r"Wrote (\S+?)[,:] ", ran.out)[0])
    assert file.read_text() == shown.out
    if shell != "fish":
        assert Path.home().joinpath(f".{shell}rc").read_text().count(str(file)) == 1


def test_another_shell_is_refused(empty_cli: Cli) -> None:
    ran = empty_cli("--show-completion", "csh")
    assert (ran.status, ran.out) == (2, "")
    assert "the shell 'csh' cannot be served; name bash, zsh or fish" in ran.err


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_can_be_read(shell: str, empty_cli: Cli, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(empty_cli("--show-completion", shell).out)
    subprocess.run([program, "-n", str(script)], check=True)


@pytest.fixture
def bash(index: Path, tmp_path: Path) -> Iterator[Any]:
    """A bash in a terminal of its own, with quoth and its completions."""
    program = shutil.which("bash")
    if program is None:
        pytest.skip("bash is not installed")
    quoth = tmp_path / "quoth"
    quoth.write_text(f'#!/bin/sh\nexec {sys.executable} -m bot "$@"\n')
    quoth.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "PS1": "$ ", "PYTHONPATH": str(ROOT), "TERM": "dumb",
        "QUOTH_INDEX_PATH": str(index),
    }  # fmt: skip
    shell = pexpect.spawn(
        program, ["--norc", "--noprofile"], env=environment, dimensions=(40, 200), encoding="utf-8", timeout=PATIENCE
    )
    shell.sendline('bind "set enable-bracketed-paste off"; eval "$(quoth --show-completion bash)"; echo READ""Y')
    shell.expect_exact("READY")
    yield shell
    shell.close(force=True)


def test_bash_keeps_what_is_typed_where_several_have_it_in_another_place(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty, *paths = in_bash("quoth ask x --path s", BREAKS, cli, monkeypatch)
    assert empty == ""
    assert len(paths) > 1
    assert in_bash("quoth ask x --path h", BREAKS, cli, monkeypatch) == ["harbour.md", "hostile.txt"]


def test_tab_completes_in_bash(bash: Any) -> None:
    bash.send("echo quoth; quoth show be\t")
    bash.expect(r"quoth show bees@[0-9a-f]{12}#")


@pytest.mark.parametrize("presses", ["be\t\t", "bees@\t\t", "ees\t"])
def test_tab_after_tab_leaves_the_permalink_whole(presses: str, bash: Any) -> None:
    # The line as bash comes to see it: it is told to say the word rather than to run the command.
    bash.send(f"quoth show {presses}\x01echo line: \r")
    bash.expect(r"line: quoth show (\S+)\r\n")
    assert re.fullmatch(r"bees@[0-9a-f]{12}#", bash.match[1])
