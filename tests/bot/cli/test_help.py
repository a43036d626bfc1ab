"""`quoth help`: its topics, and that every command and option that they name exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot.help.topics import FOLDER, names, topic
from bot.main import app
from bot.setting_table import SECTIONS, SETTINGS, variable
from bot.settings import OTHER_VARIABLES
from retrieval import Engine
from retrieval.extras import EXTRAS
from tests.bot.conftest import Cli

ROOT = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GROUP: Any = typer.main.get_command(app)


def blocks(name: str, language: str) -> list[str]:
    """The blocks of a language in a topic."""
    return [block for kind, block in BLOCK.findall(topic(name).text) if kind == language]


def command_lines(name: str) -> Iterator[list[str]]:
    """The words of every command of quoth in a topic, in blocks and between backticks."""
    text = topic(name).text
    lines = [line for block in blocks(name, "sh") for line in block.splitlines()]
    lines += [" ".join(line.split()) for line in re.findall(r"`(quoth [^`]+)`", BLOCK.sub("", text))]
    for line in lines:
        words = shlex.split(line.split(" > ")[0].split(" < ")[0], comments=True)
        words = [word for word in words if not re.match(r"[A-Z_]+=", word)]
        assert words[0] == "quoth", line
        yield words[1:]


@pytest.mark.parametrize("name", names())
def test_every_command_and_option_exists(name: str) -> None:
    """Each line is parsed as it would be if it were run."""
    lines = list(command_lines(name))
    assert lines
    for words in lines:
        if words == ["--install-completion"]:  # it would act as it is parsed
            continue
        command, context, arguments = GROUP, None, words
        while True:
            # Prose may name a command without what it needs: `quoth show`.
            is_whole = len(words) > 1 or bool(getattr(command, "commands", ()))
            context = command.make_context("quoth", list(arguments), parent=context, resilient_parsing=not is_whole)
            if not hasattr(command, "commands"):
                break
            _, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])
        if words[:1] == ["help"] and len(words) > 1:
            assert words[1] in names()


@pytest.mark.parametrize("name", names())
def test_every_setting_variable_and_extra_exists(name: str) -> None:
    text = topic(name).text
    known = {*map(variable, SETTINGS), *OTHER_VARIABLES}
    assert set(re.findall(r"QUOTH_[A-Z_]+\w", text)) <= known
    assert set(re.findall(r"`\[(\w+)\]`", text)) <= SECTIONS.keys()
    assert set(re.findall(r"extra `(\w+)`", text)) <= EXTRAS.keys()


def test_the_python_blocks_run(index: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Engine.open(index)
    monkeypatch.setattr(Engine, "open", lambda path: opened)
    code = "\n".join(blocks("python", "python"))
    code = code.replace("When was NATO's Bucharest summit?", "When was the lighthouse of Porto Vell built?")
    exec(code.replace("seeds/articles", str(corpus)), {})


def test_the_topics_are_listed(cli: Cli) -> None:
    ran = cli("help")
    assert (ran.status, ran.err) == (0, "")
    listed = re.findall(r"^(\w+)  +(.+)$", ran.out, re.MULTILINE)
    assert listed == [(name, topic(name).title) for name in names()]
    assert {"articles", "asking", "discord", "evaluation", "python", "settings", "verbatim"} <= set(names())


def test_a_topic_is_plain_markdown_through_a_pipe(cli: Cli) -> None:
    ran = cli("help", "settings")
    assert (ran.status, ran.out, ran.err) == (0, (FOLDER / "settings.md").read_text("utf-8"), "")


def test_the_sections_of_the_settings_are_all_there() -> None:
    assert re.findall(r"^\| `\[(\w+)\]` \|", topic("settings").text, re.MULTILINE) == list(SECTIONS)


def test_a_suggestion_ends_with_one_mark(cli: Cli) -> None:
    assert cli("aks").err == "quoth: No such command 'aks'. Did you mean 'ask'? See `quoth --help`.\n"


def test_an_unknown_topic_is_one_sentence(cli: Cli) -> None:
    ran = cli("help", "setings")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(
        "quoth: The topic 'setings' does not exist: did you mean settings? The topics are articles,"
    )
    assert ran.err.count("\n") == 1


def test_every_topic_begins_with_its_title() -> None:
    for name in names():
        lines = topic(name).text.splitlines()
        assert re.fullmatch(r"# [A-Z].{10,75}", lines[0]), name
        assert max(len(line) for line in lines if not line.startswith(("|", "{"))) <= 120, name
