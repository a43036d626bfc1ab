"""`quoth doctor`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from bot.doctor import answering, chats, surroundings
from bot.doctor.findings import Finding, State, findings
from bot.formats.json_output import dump
from bot.formats.visible import one_line
from bot.settings import Settings
from bot.terminal.screen import Screen, screen

STYLES = {State.OK: "green", State.WARNING: "bold yellow", State.PROBLEM: "bold red"}
UNHEALTHY = 1
"""The exit status where something is a problem."""


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """Options of `quoth doctor`."""

    as_json: bool
    online: bool
    """Ask Discord about the bot."""


def run(options: DoctorOptions, load: Callable[[], Settings]) -> int:
    """Check everything, and print a line about each; return 1 if something is a problem.

    `load` returns the settings; where it raises, what depends on them is not checked.
    """
    results = tuple(_examine(options, load))
    healthy = all(finding.state != State.PROBLEM for finding in results)
    if options.as_json:
        sys.stdout.write(dump({"healthy": healthy, "checks": list(map(asdict, results))}) + "\n")
    else:
        _show(screen(), results)
    return 0 if healthy else UNHEALTHY


def _examine(options: DoctorOptions, load: Callable[[], Settings]) -> Iterator[Finding]:
    yield from findings("quoth", surroundings.quoth)
    yield from findings("python", surroundings.python)
    try:
        settings = load()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        faulty = error
        yield from findings("settings", lambda: _raise(faulty))
        yield from findings("extras", surroundings.extras)
        return
    for name, check in (
        ("settings", surroundings.settings_file),
        ("articles", answering.articles),
        ("index", answering.index),
        ("encoder", answering.encoder),
        ("reader", answering.reader),
        ("reranker", answering.reranker),
    ):
        yield from findings(name, partial(check, settings))
    yield from findings("extras", surroundings.extras)
    yield from findings("disk", partial(surroundings.disk, settings))
    yield from findings("database", partial(chats.database, settings))
    yield from findings("token", partial(chats.token, settings))
    if options.online:
        from bot.doctor.online import ask_discord

        yield from asyncio.run(ask_discord(settings))


def _raise(error: Exception) -> Iterator[tuple[State, str]]:
    raise error


def _show(output: Screen, results: Sequence[Finding]) -> None:
    from rich.text import Text

    width = max(len(finding.check) for finding in results) + 2
    for finding in results:
        state = f"{finding.state:9}"
        text = Text.assemble((state, STYLES[finding.state]), f"{finding.check:{width}}", one_line(finding.text))
        # A command that a terminal's line ends cut in two would be pasted as two.
        output.line(text, rest=" " * (len(state) + width), wrap="`" not in finding.text)
    problems, warnings = (
        sum(finding.state == state for finding in results) for state in (State.PROBLEM, State.WARNING)
    )
    output.line()
    output.line(_summary(problems, warnings))


def _summary(problems: int, warnings: int) -> str:
    from bot.formats.numbers import count

    if not problems and not warnings:
        return "All is well."
    parts = [count(number, word) for number, word in ((problems, "problem"), (warnings, "warning")) if number]
    return f"{' and '.join(parts)}."
