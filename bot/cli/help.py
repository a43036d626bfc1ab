"""`quoth help`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.formats.shell import command
from bot.help.topics import Topic, names, topic
from bot.terminal.screen import WIDEST, Screen, screen
from retrieval.errors import InputInvalid


@dataclass(frozen=True, slots=True)
class HelpOptions:
    """Options of `quoth help`."""

    topic: str | None


def run(options: HelpOptions) -> int:
    """Print a topic, or a list of them; raises InputInvalid for one that there is not."""
    output = screen()
    if options.topic is None:
        _list(output)
        return 0
    name = options.topic.strip().lower()
    if name not in names():
        raise InputInvalid(f"The topic {options.topic!r}", "does not exist", f"{_closest(name)}{', '.join(names())}")
    _show(output, topic(name))
    return 0


def _closest(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, names(), n=1)
    return f"did you mean {close[0]}? The topics are " if close else "the topics are "


def _list(output: Screen) -> None:
    topics = [topic(name) for name in names()]
    width = max(len(each.name) for each in topics) + 2
    for each in topics:
        output.line(each.title, first=f"{each.name:{width}}")
    output.line()
    output.line(f"Read one with `{command('help')} TOPIC`, and the options of a command with `quoth COMMAND --help`.")


def _show(output: Screen, page: Topic) -> None:
    if not output.is_terminal:
        output.console.file.write(page.text)
        return
    from rich.markdown import Markdown

    width = min(output.console.width, WIDEST)
    output.console.print(Markdown(page.text, code_theme="ansi_dark", hyperlinks=False), width=width)
