"""The bot started and ended: everything opened in order and closed in reverse."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import discord

from bot import tokens
from bot.answering.collection import Collection
from bot.answering.opening import open_or_build
from bot.answering.service import AnswerService, ServiceSettings
from bot.chat_log.store import Store
from bot.discord.access import Allowed
from bot.discord.answering import Desk
from bot.discord.client import QuothClient
from bot.discord.corpus_follower import CorpusFollower
from bot.discord.gateway import obstacle, point_at
from bot.discord.interactions.about import add_about
from bot.discord.interactions.admin import add_admin_commands
from bot.discord.interactions.articles import add_articles
from bot.discord.interactions.ask import add_ask_commands
from bot.discord.interactions.buttons import AnswerButton, answer_buttons
from bot.discord.interactions.config import add_config
from bot.discord.interactions.gaps import add_gap_commands
from bot.discord.interactions.reindex import Reindexer, rebuilder
from bot.discord.interactions.share import ShareButton, with_share
from bot.discord.interactions.show import add_show
from bot.discord.interactions.verification import add_verification
from bot.discord.memory import Memory
from bot.discord.outgoing.layouts import Layouts
from bot.discord.reception import Rules
from bot.discord.repetition import FAILURES
from bot.discord.retraction import Retraction
from bot.discord.routing import Corpora
from bot.discord.server_rules import ServerRules, Servers, fixed_by
from bot.discord.source_follower import SourceFollower
from bot.discord.vitals import ClientVitals
from bot.monitoring.monitor import Monitor
from bot.monitoring.opening import monitored
from bot.monitoring.service_manager import ServiceManager
from bot.settings import TOKEN, DiscordSettings, Settings
from bot.sources.fetching import fetcher_of
from bot.stopping import on_signals
from retrieval.engine import Engine
from retrieval.errors import InputInvalid, QuothError
from retrieval.paths import resolved

log = logging.getLogger(__name__)

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    read_message_history=True,
)
"""The least that answering needs; history for the messages that replies refer to, files for long quotes."""
SWITCH_AFTER = 0.0005
"""Seconds for which the search may hold Python's lock while the event loop waits for it, a tenth of the usual: the loop
waits anew at each of its steps, and an acknowledgement takes many."""
REFUSED = 4004
"""The gateway's close code for a token that it does not accept."""

Opener = Callable[[Path], Engine]


class TokenInvalid(QuothError):
    """No token, or one that Discord refuses."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: set {TOKEN}, or token_file below [discord], to the token of your application's bot.")


class StoppedEarly(Exception):
    """The bot was told to stop while it was not connected."""


def read_token(settings: Settings) -> str:
    """Return the bot's token; raises TokenInvalid, InputInvalid."""
    token = tokens.read_token(TOKEN, settings.discord.token_file, "discord")
    if not token:
        raise TokenInvalid("There is no Discord token")
    if not tokens.is_plain(token):
        raise TokenInvalid("The Discord token holds characters that no token has")
    return token


async def invitation(settings: Settings) -> str:
    """Return the link that adds the bot to a server, with the least permissions."""
    application = settings.discord.application
    if not application:
        async with logged_in(settings) as client:
            assert client.application_id is not None
            application = client.application_id
    # Only who asked and moderators close posts; the bot does it for them.
    permissions = PERMISSIONS | discord.Permissions(manage_threads=bool(settings.discord.help_forums))
    return discord.utils.oauth_url(application, permissions=permissions, scopes=("bot", "applications.commands"))


@asynccontextmanager
async def logged_in(settings: Settings) -> AsyncIterator[discord.Client]:
    """Give a client that has logged in, for requests alone; raises QuothError with what keeps the bot out."""
    token = read_token(settings)
    point_at(settings.discord.api_url)
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await _let_in(client.login(token), settings)
        yield client


async def run(settings: Settings, opener: Opener | None = None) -> None:
    """Run the bot until it is told to stop; raises StoppedEarly, or QuothError with what keeps it from running."""
    token = read_token(settings)
    sys.setswitchinterval(SWITCH_AFTER)
    async with monitored(settings.monitoring) as monitor, opened(settings, opener, monitor) as client:
        monitor.vitals = ClientVitals(client)
        async with ServiceManager().watching():
            with _stopped_by_signals(client):
                await connect(client, token, settings)


async def connect(client: QuothClient, token: str, settings: Settings) -> None:
    """Log in and stay connected until the client is closed."""
    await _unless_stopped(client, _let_in(client.login(token), settings))
    if settings.discord.direct_messages == "auto" and not client.rules.allowed.direct:
        log.info('direct messages are not answered, since a list names who is: direct_messages = "on" changes that')
    follower, retraction = CorpusFollower(client, client.desk), Retraction(client, client.desk)
    try:
        retraction.start()
        for collection in client.desk.corpora:
            follower.watch(collection)
        await _unless_stopped(client, _let_in(client.connect(), settings))
    finally:
        await follower.close()
        await retraction.close()


@asynccontextmanager
async def opened(
    settings: Settings, opener: Opener | None = None, monitor: Monitor | None = None
) -> AsyncIterator[QuothClient]:
    """Open the client with all that it needs, not yet logged in; `opener` opens the current generation of an index."""
    point_at(settings.discord.api_url)
    rules = rules_of(settings)
    async with AsyncExitStack() as stack:
        store = await asyncio.to_thread(Store.open, settings.chat_database())
        stack.push_async_callback(store.close)
        await store.claims.renew()
        await store.remove_unsent()
        servers = Servers(*server_rules_of(settings), store.server_settings)
        await servers.load()
        corpora = await _corpora(settings, servers, opener or _opener(settings), stack)
        layouts = Layouts(components=settings.discord.components)
        desk = Desk(corpora, store, Memory(), with_share(answer_buttons), layouts, monitor)
        client = await stack.enter_async_context(QuothClient(desk, servers, rules))
        client.add_dynamic_items(AnswerButton, ShareButton)
        add_ask_commands(client)
        add_verification(client)
        add_show(client)
        add_about(client, datetime.now(UTC))
        reindexer = Reindexer(rebuilder(settings))
        add_admin_commands(client, reindexer)
        add_articles(client, reindexer, settings.metadata)
        recovering = asyncio.create_task(reindexer.recover(corpora))
        stack.push_async_callback(_ended, recovering)
        if (fetcher := fetcher_of(settings)) is not None:
            following = asyncio.create_task(SourceFollower(fetcher, corpora.default, reindexer).run())
            stack.push_async_callback(_ended, following)
        add_config(client)
        add_gap_commands(client)
        yield client


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def rules_of(settings: Settings) -> Rules:
    """Return who is answered at all, and what holds in every server."""
    chat = settings.discord
    takes_first, named = chat.servers == (), frozenset(chat.collections)
    servers = None if chat.servers is None else frozenset(chat.servers) or named
    is_listed = bool(chat.servers or chat.channels or chat.roles)
    direct = chat.direct_messages == "on" or (chat.direct_messages == "auto" and not is_listed)
    if chat.shard_ids:
        _check_shards(chat)
    return Rules(
        Allowed(servers, direct),
        answer_within=chat.answer_within,
        owners=frozenset(chat.owners),
        takes_first_server=takes_first,
        retention_days=chat.retention_days,
        largest_article=chat.largest_article,
        shards=chat.shards or None,
        shard_ids=tuple(sorted(set(chat.shard_ids))) or None,
    )


def _check_shards(chat: DiscordSettings) -> None:
    if max(chat.shard_ids) >= chat.shards:
        remedy = f"set it to more than {max(chat.shard_ids)}, and to the same for every process"
        raise InputInvalid("The setting discord.shards", f"is {chat.shards}, too few for its shard_ids", remedy)
    if chat.servers == ():  # one process cannot know whether another's server was the first
        remedy = 'list servers below [discord], or set it to "all"'
        raise InputInvalid("The setting discord.shard_ids", "needs to know which servers are answered", remedy)


def server_rules_of(settings: Settings) -> tuple[ServerRules, frozenset[str]]:
    """Return what holds in a server by default, and the names of what its moderators cannot change.

    That is what the operator has set to something else than its default.
    """
    rules = _server_rules(settings.discord)
    return rules, fixed_by(rules, _server_rules(DiscordSettings()))


def _server_rules(chat: DiscordSettings) -> ServerRules:
    return ServerRules(
        channels=frozenset(chat.channels),
        roles=frozenset(chat.roles),
        ask_channels=frozenset(chat.ask_channels),
        silent_below=chat.silent_below,
        help_forums=frozenset(chat.help_forums),
        solved_tag=chat.solved_tag,
        cooldown=chat.cooldown,
        digest_channels=frozenset(chat.digest_channels),
    )


async def _corpora(settings: Settings, servers: Servers, opener: Opener, stack: AsyncExitStack) -> Corpora:
    """Return every collection, opened; the same index is opened once."""
    opened: dict[Path, Collection] = {}
    for path in (settings.index.path, *settings.discord.collections.values()):
        index = resolved(path)
        if index not in opened:
            bounds = ServiceSettings(waiting=settings.discord.in_flight)
            service = await stack.enter_async_context(AnswerService(index, partial(opener, index), bounds))
            opened[index] = Collection(str(index), index, service)
    by_id = {id_: opened[resolved(path)] for id_, path in settings.discord.collections.items()}
    default = opened[resolved(settings.index.path)]
    return Corpora(default, by_id, lambda guild: servers.of(guild).collections)


def _opener(settings: Settings) -> Opener:
    return lambda index: open_or_build(replace(settings, index=replace(settings.index, path=index)))


async def _let_in(work: Coroutine[object, object, None], settings: Settings) -> None:
    """Do the work; what keeps the bot from being let in, in one sentence."""
    address = settings.discord.api_url
    try:
        await work
    except discord.LoginFailure:
        raise TokenInvalid("Discord refuses the token") from None
    except discord.PrivilegedIntentsRequired:
        raise InputInvalid(
            "The setting discord.ask_channels", "needs the message content intent", "enable it for the application"
        ) from None
    except discord.ConnectionClosed as error:
        if error.code == REFUSED:
            raise TokenInvalid("Discord refuses the token") from None
        raise obstacle(error, address) from error
    except FAILURES as error:
        raise obstacle(error, address) from error


async def _unless_stopped(client: QuothClient, work: Coroutine[object, object, None]) -> None:
    """Do the work; raise StoppedEarly where it fails since the client was told to stop, and closed its connections."""
    try:
        await work
    except Exception as error:
        if client.closing:
            raise StoppedEarly from error
        raise


@contextmanager
def _stopped_by_signals(client: QuothClient) -> Iterator[None]:
    """SIGTERM and SIGINT let the client finish what is in flight."""
    stopping: set[asyncio.Task[None]] = set()

    def stop() -> None:
        log.info("stopping: what is in flight is finished first")
        if not stopping:
            stopping.add(asyncio.get_running_loop().create_task(client.finish()))

    with on_signals(stop):
        yield
