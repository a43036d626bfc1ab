"""The questions of `quoth setup`, asked in a terminal until the answer can be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from prompt_toolkit import prompt
from prompt_toolkit.completion import PathCompleter
from prompt_toolkit.shortcuts import CompleteStyle

from bot.terminal.screen import screen
from retrieval.errors import InputInvalid
from retrieval.redaction import looks_like_a_token

T = TypeVar("T")
ODD_TOKEN = "That does not look like a bot's token: copy it whole, or press Enter to add it later."


def ask_articles(checked: Callable[[str], Path], default: Path) -> Path:
    """Ask for the folder of articles; `checked` returns it, or raises InputInvalid."""

    def ask() -> str:
        return prompt(
            f"Which folder are your articles in? [{default}] ",
            completer=PathCompleter(expanduser=True),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
        )

    return _until(lambda: checked(ask().strip() or str(default)))


def ask_for_discord() -> bool:
    """Ask where questions will come from; return whether from Discord."""
    answers = {"": False, "terminal": False, "t": False, "discord": True, "d": True}

    def ask() -> bool:
        answer = prompt("Will you ask in the terminal or in Discord? [terminal] ").strip().lower()
        if answer not in answers:
            raise InputInvalid(f"The answer {answer!r}", "is not one of the two", "type terminal or discord")
        return answers[answer]

    return _until(ask)


def ask_token() -> str | None:
    """Ask for the bot's token, which is not shown; return None where it is left out."""
    _say("At discord.com/developers, choose New Application, then Bot and Reset Token, and copy the token.")
    while True:
        token = prompt("The bot's token (hidden; Enter leaves it out): ", is_password=True).strip()
        if not token:
            return None
        if looks_like_a_token(token):
            return token
        _say(ODD_TOKEN)


def confirm(question: str, *, default: bool) -> bool:
    """Ask a question that is answered with yes or no."""
    answers = {"": default, "y": True, "yes": True, "n": False, "no": False}
    while (answer := prompt(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()) not in answers:
        _say("Type y or n.")
    return answers[answer]


def _until(ask: Callable[[], T]) -> T:
    while True:
        try:
            return ask()
        except InputInvalid as error:
            _say(str(error))


def _say(line: str) -> None:
    output = screen()
    output.line(line)
    output.flush()
