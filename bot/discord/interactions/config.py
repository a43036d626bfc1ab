"""`/config`: what moderators set for their server, without access to the settings file."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.ui import ChannelSelect, DynamicItem, RoleSelect, View

from bot.discord.client import QuothClient
from bot.discord.errors import Refused
from bot.discord.interactions.config_lists import LISTS
from bot.discord.interactions.config_texts import (
    TITLES,
    Place,
    changes_messages,
    setting_line,
    settings_messages,
    share_labels,
)
from bot.discord.interactions.moderators import guild_of, moderators_group, require_manager
from bot.discord.interactions.suggesting import LONGEST_CHOICE, SUGGESTED
from bot.discord.locales import reply_language
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import edit
from bot.discord.server_rules import FIXED, LONGEST_COOLDOWN, LONGEST_TAG
from bot.formats.visible import one_line
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.errors import QuothError

Interaction = discord.Interaction[Any]
Work = Callable[[Place], Awaitable[None]]

MOST_CHANGES = 15
SURENESS = {"never silent": 0.0, "a fair confidence (0.5)": 0.5, "a high confidence (0.8)": 0.8}
SAME = Message("That is what it was set to already.")
NO_SUCH_ARTICLES = Message("There are no such articles: choose one of those that Discord suggests.")
READ = Message(
    "I cannot read what is written there yet: whoever runs me has to switch on the message content intent for me, and "
    "start me again."
)
CLOSE = Message("To mark posts as solved and close them, I need the permission Manage Threads there.")
WRITE = Message("I may not write there: give me the permissions View Channel and Send Messages.")


def add_config(client: QuothClient) -> None:
    """Add `/config` to the client's tree; before it connects."""
    config = moderators_group("config", "Settings of this server.")
    makers = (_show, _log, _articles, _cooldown, _silence, _solved_tag, _reset)
    for command in (*(make(client) for make in makers), *(_list(client, rule) for rule in LISTS)):
        config.add_command(command)
    client.tree.add_command(config)
    client.add_dynamic_items(ListSelect)


def _show(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="show", description="All settings of this server, and where each comes from.")
    async def show(interaction: Interaction) -> None:
        async def work(place: Place) -> None:
            await client.say(interaction, *settings_messages(place, client.servers))

        await _moderate(client, interaction, work)

    return show


def _log(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="log", description="Who changed which setting, and when.")
    async def log(interaction: Interaction) -> None:
        async def work(place: Place) -> None:
            changes = await client.desk.store.server_settings.changes(place.guild.id, MOST_CHANGES)
            await client.say(interaction, *changes_messages(place, changes))

        await _moderate(client, interaction, work)

    return log


def _list(client: QuothClient, rule: str) -> app_commands.Command[Any, ..., Any]:
    setting = LISTS[rule]

    @app_commands.command(name=setting.name, description=setting.description)
    async def choose(interaction: Interaction) -> None:
        async def work(place: Place) -> None:
            if client.servers.source(place.guild.id, rule) == "fixed":
                raise Refused(FIXED)
            view = View(timeout=None)
            chosen = _known(place, rule, getattr(client.servers.of(place.guild.id), rule))
            view.add_item(ListSelect(rule, chosen, place.language))
            question = Outgoing(place.language.text(setting.question))
            await edit(interaction.edit_original_response, question, view=view)

        await _moderate(client, interaction, work)

    return choose


class ListSelect(DynamicItem[Any], template=rf"quoth:config:(?P<rule>{'|'.join(LISTS)})"):
    """Chooses channels or roles for a rule, which its id names: it survives a restart."""

    def __init__(
        self, rule: str, chosen: list[discord.abc.Snowflake] | None = None, language: Language = ENGLISH
    ) -> None:
        setting, id_ = LISTS[rule], f"quoth:config:{rule}"
        shared: dict[str, Any] = {
            "custom_id": id_,
            "placeholder": language.text(setting.placeholder),
            "min_values": 0,
            "max_values": setting.most,
            "default_values": (chosen or [])[: setting.most],
        }
        super().__init__(
            ChannelSelect(channel_types=list(setting.types), **shared) if setting.types else RoleSelect(**shared)
        )
        self.rule = rule

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: re.Match[str], /) -> ListSelect:
        """Return the select that was used, whenever it was sent."""
        return cls(match["rule"])

    async def callback(self, interaction: Interaction) -> None:
        """Set the rule to what was chosen, as far as the server has it."""
        client: QuothClient = interaction.client
        data: Any = interaction.data or {}

        async def work(place: Place) -> None:
            ids = frozenset(int(value) for value in data.get("values", ()) if re.fullmatch(r"\d{1,20}", value))
            known = frozenset(thing.id for thing in _known(place, self.rule, ids))
            await _change(client, interaction, place, self.rule, known)

        await _moderate(client, interaction, work, update=True)


def _articles(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="articles", description="From which articles I answer in a channel.")
    @app_commands.describe(channel="The channel, threads included.", articles="Whose quotes are shown there.")
    async def articles_(
        interaction: Interaction,
        channel: discord.TextChannel | discord.VoiceChannel | discord.ForumChannel,
        articles: app_commands.Range[str, 1, 100],
    ) -> None:
        async def work(place: Place) -> None:
            if client.desk.corpora.has_own(channel.id):
                raise Refused(FIXED)
            source = int(articles) if re.fullmatch(r"\d{1,20}", articles) else -1
            if source not in place.labels:
                raise Refused(NO_SUCH_ARTICLES)
            before = client.servers.of(place.guild.id).collections
            await _change(client, interaction, place, "collections", {**before, channel.id: source})

        await _moderate(client, interaction, work)

    @articles_.autocomplete("articles")
    async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            require_manager(interaction)
            labels = (await _place(client, interaction)).labels
        except (QuothError, Refused):
            return []
        fitting = ((place, label) for place, label in labels.items() if typed.casefold() in label.casefold())
        return [app_commands.Choice(name=label[:LONGEST_CHOICE], value=str(place)) for place, label in fitting][
            :SUGGESTED
        ]

    return articles_


def _cooldown(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="cooldown", description="How long members have to wait between two questions.")
    @app_commands.describe(seconds="From 0 (no wait) to 3,600.")
    async def cooldown(interaction: Interaction, seconds: app_commands.Range[float, 0.0, LONGEST_COOLDOWN]) -> None:
        async def work(place: Place) -> None:
            await _change(client, interaction, place, "cooldown", float(seconds))

        await _moderate(client, interaction, work)

    return cooldown


def _silence(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="silence", description="When I stay silent in ask channels and help forums.")
    @app_commands.describe(unless="Answer only when I am so sure; /gaps lists the other questions.")
    @app_commands.choices(unless=[app_commands.Choice(name=name, value=value) for name, value in SURENESS.items()])
    async def silence(interaction: Interaction, unless: app_commands.Choice[float]) -> None:
        async def work(place: Place) -> None:
            await _change(client, interaction, place, "silent_below", float(unless.value))

        await _moderate(client, interaction, work)

    return silence


def _solved_tag(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="solved-tag", description="Which tag a solved post in a help forum gets.")
    @app_commands.describe(name="The tag's name; forums without such a tag get none.")
    async def solved_tag(interaction: Interaction, name: app_commands.Range[str, 1, LONGEST_TAG]) -> None:
        async def work(place: Place) -> None:
            await _change(client, interaction, place, "solved_tag", name)

        await _moderate(client, interaction, work)

    return solved_tag


def _reset(client: QuothClient) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name="reset", description="Set a setting back to its default.")
    @app_commands.describe(setting="The setting.")
    @app_commands.choices(setting=[app_commands.Choice(name=title.name, value=name) for name, title in TITLES.items()])
    async def reset(interaction: Interaction, setting: app_commands.Choice[str]) -> None:
        async def work(place: Place) -> None:
            await _change(client, interaction, place, setting.value, None)

        await _moderate(client, interaction, work)

    return reset


async def _moderate(client: QuothClient, interaction: Interaction, work: Work, *, update: bool = False) -> None:
    """Do what moderators may do, in whatever channel of the server they are."""

    async def checked() -> None:
        require_manager(interaction)
        await work(await _place(client, interaction))

    await client.respond(interaction, checked, private=True, moderates=True, update=update)


async def _change(client: QuothClient, interaction: Interaction, place: Place, rule: str, value: object) -> None:
    """Set a rule, and say what holds now and what is missing for it."""
    changed = await client.servers.change(place.guild.id, rule, value, interaction.user.id)
    outcome = place.language.text("Set.") if changed else place.language.text(SAME)
    lines = [outcome, setting_line(place, client.servers, rule)]
    await client.say(interaction, Outgoing("\n".join([*lines, *_missing(client, place, rule)])))


def _missing(client: QuothClient, place: Place, rule: str) -> Iterator[str]:
    """Yield what the bot cannot do yet where the rule sends it."""
    ids: object = getattr(client.servers.of(place.guild.id), rule)
    channels = _known(place, rule, ids) if isinstance(ids, frozenset) and rule != "roles" else []
    if channels and rule in ("ask_channels", "help_forums") and not client.intents.message_content:
        yield place.language.text(READ)
    permissions = [channel.permissions_for(place.guild.me) for channel in channels]
    if rule == "help_forums" and not all(each.manage_threads for each in permissions):
        yield place.language.text(CLOSE)
    if rule == "digest_channels" and not all(each.view_channel and each.send_messages for each in permissions):
        yield place.language.text(WRITE)


async def _place(client: QuothClient, interaction: Interaction) -> Place:
    guild = guild_of(interaction)
    offered = client.desk.corpora.offered([guild.id, *(channel.id for channel in guild.channels)])
    names = {}
    for place, collection in offered.items():
        generation = await collection.service.run(lambda engine: engine.generation)
        names[place] = one_line(Path(generation.manifest.corpus).name) or "articles"
    return Place(guild, share_labels(names), reply_language(interaction, private=True))


def _known(place: Place, rule: str, ids: frozenset[int]) -> list[Any]:
    """Return the channels or roles that the server still has."""
    return [thing for thing in map(place.getter(rule), sorted(ids)) if thing is not None]
