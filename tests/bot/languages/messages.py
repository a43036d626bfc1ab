"""What catalogues have to translate, read from the source code and from the commands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from discord import app_commands

from bot.terminal.progress import STAGES

BOT = Path(__file__).resolve().parents[3] / "bot"


@dataclass
class Messages:
    """All that is to be translated."""

    texts: set[str] = field(default_factory=set)
    plurals: dict[str, str] = field(default_factory=dict)
    """By singular."""
    names: set[str] = field(default_factory=set)
    descriptions: set[str] = field(default_factory=set)
    """Those of the texts that describe commands and options, or are called so in Discord's menus."""


@cache
def in_code() -> Messages:
    """The texts that the code marks as `Message("…")`, or has translated at once."""
    messages = Messages(texts=set(STAGES.values()))
    for file in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                note(messages, node)
    return messages


def note(messages: Messages, call: ast.Call) -> None:
    """Add what a call has translated."""
    literals = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if not literals:
        return
    match call.func:
        case ast.Name("Message") | ast.Name("text") | ast.Attribute(attr="text"):
            messages.texts.add(literals[0])
        case ast.Attribute(attr="plural"):
            messages.plurals[literals[0]] = literals[1]


def of_commands(tree: app_commands.CommandTree[Any]) -> Messages:
    """The names and descriptions of commands."""
    messages = Messages()
    for command in everything(tree.get_commands()):
        if isinstance(command, app_commands.ContextMenu):
            messages.descriptions.add(command.name)
            continue
        messages.names.add(command.name)
        messages.descriptions.add(command.description)
        for parameter in command.parameters if isinstance(command, app_commands.Command) else ():
            messages.names.add(parameter.display_name)
            messages.descriptions |= {str(parameter.description), *(choice.name for choice in parameter.choices)}
    return messages


def everything(commands: list[Any]) -> Iterator[Any]:
    """All commands, those of groups after the group."""
    for command in commands:
        yield command
        if isinstance(command, app_commands.Group):
            yield from everything(command.commands)
