"""`/about` and `/help`: what the bot answers from and how sure it is, and how to use it.

Members read nothing of settings, versions or models; who manages the server reads in `/about` what answers there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from bot.answering.collection import Collection
from bot.discord.access import Where
from bot.discord.client import QuothClient
from bot.discord.locales import reply_language
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, length
from bot.formats.numbers import count, number, threshold_text
from bot.formats.visible import one_line
from bot.languages.catalogue import ENGLISH, Language, Message
from bot.terminal.index_view import Row, content_rows, generation_row
from bot.version import NOT_INSTALLED, installed_version
from retrieval.answering.calibration import Calibration
from retrieval.engine import Engine
from retrieval.index.generation import Generation

Interaction = discord.Interaction[Any]
AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu

UNMEASURED = Message("How often I am wrong about that has not been measured on these articles.")
WHAT = Message("I answer questions in the articles' own words, with their sources, or say that they have no answer.")
HOW = (
    Message("**Ask me a question**, and I answer with quotes from the articles, word for word and with their sources."),
    Message("- Mention me with it ({mention} When …?), use `/ask`, or write to me directly."),
    Message("- Reply to somebody's question with {mention} alone, and I answer that one."),
    Message("- Go on asking: “and why?” builds on your own questions before it."),
    Message("- Edit your question, and the answer changes with it; delete it, and the answer goes, too."),
)
REPLYING = 2  # among those


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """From which confidence on an index answers, and how well that was measured to do."""

    threshold: float
    calibration: Calibration | None = None

    @classmethod
    def of(cls, engine: Engine) -> OperatingPoint:
        """Return that of an engine; another threshold than the calibrated one has not been measured."""
        calibration = engine.calibration
        is_measured = calibration is not None and calibration.threshold == engine.threshold
        return cls(engine.threshold, calibration if is_measured else None)

    def sentences(self, language: Language = ENGLISH) -> str:
        """Return both in words."""
        if self.threshold <= 0:
            return language.text("I always answer, however unsure I am.")
        threshold = language.figure(threshold_text(self.threshold))
        means = language.text("I answer from a confidence of {threshold} on.", threshold=threshold)
        if self.calibration is None:
            return f"{means} {language.text(UNMEASURED)}"
        wrong, refused = self.calibration.false_answers, self.calibration.false_refusals
        measured = language.plural(
            "Of {count} test question that these articles do not answer, {wrong} got an answer all the same; of "
            "{answerable} that they do answer, {refused} got none.",
            "Of {count} test questions that these articles do not answer, {wrong} got an answer all the same; of "
            "{answerable} that they do answer, {refused} got none.",
            wrong.count,
            wrong=language.figure(number(wrong.value, "%")),
            answerable=refused.count,
            refused=language.figure(number(refused.value, "%")),
        )
        return f"{means} {measured}"


def add_about(client: QuothClient, started_at: datetime) -> None:
    """Add the commands to the client's tree, before it connects; the time with its zone."""
    client.tree.add_command(_about(client, started_at))
    client.tree.add_command(_help(client))


def _about(client: QuothClient, started_at: datetime) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="about", description="What I answer from, and how sure I am of my answers.")
    async def about(interaction: Interaction) -> None:
        async def work() -> None:
            collection = client.desk.corpora.of(Where.of(interaction))
            generation, point, fingerprint = await collection.service.run(
                lambda engine: (engine.generation, OperatingPoint.of(engine), str(engine.answer_fingerprint))
            )
            rows = manager_rows(generation, collection, started_at, fingerprint) if _is_manager(interaction) else ()
            language = reply_language(interaction, private=True)
            await client.say(interaction, about_message(generation, point, tuple(rows), language))

        await client.respond(interaction, work, private=True)

    return about


def _help(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="help", description="How to ask me, and what else I can do.")
    async def help_(interaction: Interaction) -> None:
        async def work() -> None:
            name = client.user.name if client.user else "me"
            kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message)
            commands = [command for kind in kinds for command in client.tree.get_commands(type=kind)]
            message = help_message(
                name,
                commands,
                is_manager=_is_manager(interaction),
                reads_all=client.intents.message_content,
                language=reply_language(interaction, private=True),
            )
            await client.say(interaction, message)

        await client.respond(interaction, work, private=True)

    return help_


def _is_manager(interaction: Interaction) -> bool:
    return interaction.guild_id is not None and interaction.permissions.manage_guild


def about_message(
    generation: Generation, point: OperatingPoint, rows: Sequence[Row] = (), language: Language = ENGLISH
) -> Outgoing:
    """Return what the answers are from and how sure they are; `rows` are for who manages the server."""
    manifest = generation.manifest
    lines = [
        language.text(WHAT),
        language.text(
            "**Articles**: {count}, from “{folder}”, as of {date}. `/sources` lists them.",
            count=manifest.counts.articles,
            folder=escape(one_line(Path(manifest.corpus).name)),
            date=_date(manifest.created),
        ),
        language.text("**How sure**: {sentences}", sentences=escape(point.sentences(language))),
    ]
    lines += [f"-# {name}: {escape(figure)}" if name else f"-# {escape(figure)}" for name, figure in rows]
    return _fitting(lines)


def manager_rows(
    generation: Generation, collection: Collection, started_at: datetime, fingerprint: str
) -> Iterator[Row]:
    """Yield the figures of `quoth status`, without the host's paths, and the bot's version, uptime and load.

    `fingerprint` is that of the answers.
    """
    model = generation.manifest.encoder.name  # a folder, where the model is one's own
    yield "quoth", installed_version() or NOT_INSTALLED
    yield "answers", f"fingerprint {fingerprint}"
    yield "up", f"{_span((datetime.now(UTC) - started_at).total_seconds())}, {collection.service.waiting} waiting"
    for name, value in (generation_row(generation), *content_rows(generation.manifest)):
        yield name, one_line(value.replace(model, Path(model).name))


def help_message(
    name: str,
    commands: Sequence[AnyCommand],
    *,
    is_manager: bool,
    reads_all: bool = False,
    language: Language = ENGLISH,
) -> Outgoing:
    """Return how to ask, and the commands: those for who manages the server only where the reader does.

    `reads_all` says whether Discord shows the bot messages that do not mention it.
    """
    mention = escape(f"@{one_line(name)}")
    how = [message for message in HOW if reads_all or message != HOW[REPLYING]]
    lines = [*(language.text(message, mention=mention) for message in how), ""]
    own = [command for command in commands if command.default_permissions is None]
    lines += [_listed(command, language) for command in own]
    for_managers = [command for command in commands if command.default_permissions is not None]
    if is_manager and for_managers:
        listed = (_listed(command, language) for command in for_managers)
        lines += ["", language.text("For those who manage this server:"), *listed]
    return _fitting(lines)


def _fitting(lines: Sequence[str]) -> Outgoing:
    """Return a message of as many lines as it holds."""
    content = ""
    for line in lines:
        longer = f"{content}\n{line}"
        content = longer if length(longer) <= LONGEST_MESSAGE else content
    return Outgoing(content.strip())


def _listed(command: AnyCommand, language: Language) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return language.text("- *Apps › {menu}* on a message", menu=escape(language.text(command.name)))
    name, description = language.name(command.name), escape(language.text(command.description))
    return language.text("- `/{command}`: {description}", command=name, description=description)


def _date(created: str) -> str:
    """Return a time in ISO 8601 as a date that Discord shows in its reader's language."""
    try:
        return f"<t:{datetime.fromisoformat(created).timestamp():.0f}:D>"
    except ValueError:
        return escape(one_line(created))


def _span(seconds: float) -> str:
    """Return a span to read: 45 s, 12 min, 3 h 5 min, 2 days 4 h."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{count(days, 'day')} {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min" if minutes else f"{int(seconds)} s"
