"""Every setting, declared once: its name, its kind, its default and what it is for.

A section is a record, and each of its fields declares a setting. Keys, variables and flags, what is allowed, and the
hints about unknown names all follow from `SETTINGS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from bot.chat_log.address import Place
from bot.setting_addresses import ListenAddress, OptionalAddress, OptionalCluster, OptionalDatabase
from bot.setting_lists import MOST_SHARDS, AllOrIds, FieldNames, Ids, Names, PathsById, Shards
from bot.setting_values import (
    AnyPath,
    Choice,
    IndexPlace,
    Kind,
    ModelName,
    Number,
    OptionalModelName,
    OptionalPath,
    Switch,
    Text,
    WholeNumber,
    WordOrNumber,
)
from bot.source_record import Source
from bot.source_settings import Sources
from retrieval.milvus.access import Limits
from retrieval.settings import AnswerSettings, MetadataSettings

T = TypeVar("T")


class Declaration(NamedTuple):
    """What a setting may be, what it is for, and what the command line calls it if it can set it."""

    kind: Kind[Any]
    help: str
    flag: str | None = None


class Setting(NamedTuple):
    """A setting of some section."""

    key: str
    """Section and name: answer.top."""
    default: Any
    """As a record holds it, a relative path as it is written."""
    kind: Kind[Any]
    help: str
    """What it is for; its comment in config/quoth.toml begins with these words."""
    flag: str | None


def variable(key: str) -> str:
    """Return the environment variable of a key: answer.top -> QUOTH_ANSWER_TOP."""
    return "QUOTH_" + key.replace(".", "_").upper()


def setting(kind: Kind[T], default: T, help: str, flag: str | None = None) -> T:
    """Declare a setting as the field of a section."""
    return field(default_factory=lambda: default, metadata={"declaration": Declaration(kind, help, flag)})


@dataclass(frozen=True, slots=True)
class CorpusSettings:
    """What is indexed."""

    path: Path = setting(
        AnyPath(),
        Path("seeds/articles"),
        "The folder of articles, or the single file, that `quoth index` reads unless it is given another",
        flag="CORPUS",
    )
    sources: tuple[Source, ...] = setting(
        Sources(), (), "Where articles are fetched from, which are then the corpus instead of `path`"
    )
    fetched: Path | None = setting(
        OptionalPath("folder"),
        None,
        'The folder that keeps what was fetched, and that `quoth index` then reads; "" means one beside the index',
    )


METADATA: Mapping[str, Declaration] = {
    "title": Declaration(FieldNames(), "The fields that may hold the title"),
    "source": Declaration(FieldNames(), "The fields that may name the source: a publisher, a site"),
    "author": Declaration(FieldNames(), "The fields that may name the authors"),
    "url": Declaration(FieldNames(), "The fields that may hold the web address"),
    "date": Declaration(FieldNames(), "The fields that may hold the date of publication"),
    "id": Declaration(FieldNames(), "The fields that may hold the id"),
    "tags": Declaration(FieldNames(), "The fields that may hold the tags"),
    "aliases": Declaration(FieldNames(), "The fields that may hold other names of what the article is about"),
    "language": Declaration(FieldNames(), "The fields that may hold the language"),
    "date_order": Declaration(
        Choice("DMY", "MDY"), 'Whether 03/04/2021 is the third of April, "DMY", or the fourth of March, "MDY"'
    ),
}
"""The engine's own record of which fields say what of an article, which has the defaults."""


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where the index is, and how articles become passages."""

    path: Path = setting(
        IndexPlace(), Path(".quoth/index"), "The folder of the index, which holds nothing else", flag="--index"
    )
    max_pieces: int = setting(
        WholeNumber(32, 400), 200, "The most word pieces (parts of words, as the model sees them) in a passage"
    )
    title: bool = setting(Switch(), True, "Whether each passage is encoded together with its article's title")
    exact_up_to: int = setting(
        WholeNumber(0, 1_000_000_000), 50_000, "Up to this many passages, every vector is compared with the question"
    )
    memory: int = setting(WholeNumber(500, 1_000_000), 2000, "Megabytes of memory that a build of the index may take")
    keep: int = setting(
        WholeNumber(0, 1000), 5, "How many former generations of the index are kept beside the current one"
    )
    keep_days: float = setting(
        Number(0, 3650), 0.0, "For how many days after its replacement any further former generation is kept"
    )
    ray: str = setting(
        OptionalCluster(), "", 'The Ray cluster that reads and encodes for this machine; "" means none', flag="--ray"
    )


@dataclass(frozen=True, slots=True)
class MilvusSettings:
    """How a Milvus server is asked. Its token is not a setting: QUOTH_MILVUS_TOKEN or `token_file` holds it."""

    timeout: float = setting(
        Number(1, 600), Limits().timeout, "How many seconds a Milvus server has for each request of a question"
    )
    retries: int = setting(
        WholeNumber(0, 10), Limits().retries, "How often a request is tried again where the server cannot be reached"
    )
    token_file: Path | None = setting(
        OptionalPath("file"), None, "The file that holds the Milvus server's token and nothing else"
    )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model encodes, and how it runs."""

    name: str = setting(
        ModelName(),
        "all-MiniLM-L6-v2",
        "The encoder: a packaged model, a folder with a sentence-transformers model, or a name on the Hugging Face Hub",
        flag="--model",
    )
    engine: Literal["auto", "onnx", "torch"] = setting(
        Choice("auto", "onnx", "torch"), "auto", 'What encodes passages: "onnx" (ONNX Runtime), "torch", or "auto"'
    )
    precision: Literal["auto", "fp32", "int8"] = setting(
        Choice("auto", "fp32", "int8"), "auto", 'The precision: "fp32", the smaller and faster "int8", or "auto"'
    )
    threads: int = setting(WholeNumber(0, 1024), 0, "How many threads encode passages; 0 means one per processor")
    cache: Path | None = setting(
        OptionalPath("folder"),
        None,
        'The folder for exported models; "" means your cache folder',
    )


ANSWER: Mapping[str, Declaration] = {
    "top": Declaration(WholeNumber(1, 100), "The most quotes in an answer", flag="--top"),
    "threshold": Declaration(
        WordOrNumber("auto", Number(0, 1)),
        "The confidence, 0 to 1, below which quoth says that the corpus does not answer",
    ),
    "candidates": Declaration(WholeNumber(1, 10_000), "How many of the best passages have their sentences scored"),
    "pool": Declaration(
        WholeNumber(1, 100_000),
        "How many passages each of the two searches, by meaning and by words, passes on for a joint ranking",
    ),
    "passage_terms": Declaration(
        Number(0, 10), "The weight of a passage's word score (BM25) against its similarity in meaning (cosine)"
    ),
    "sentence_terms": Declaration(
        Number(0, 10),
        "The weight of the word scores of a sentence and its passage against the sentence's match in meaning",
    ),
    "weighed": Declaration(WholeNumber(1, 1000), "How many of the best-matching sentences the fitted models weigh"),
    "word_cost": Declaration(
        Number(0, 1),
        "The cost, in belief from 0 to 1, of each word of the shorter of two sentences that are quoted together",
    ),
    "least": Declaration(
        Number(0, 1),
        "The share, 0 to 1, of the belief in the first quote that a second or later one needs, or else is left out",
    ),
    "max_question": Declaration(WholeNumber(1, 100_000), "The most characters in a question"),
    "reader": Declaration(
        OptionalModelName(),
        'What reads the best passages with the question: "auto", "built-in", or the folder of a reader',
    ),
    "reranker": Declaration(
        OptionalModelName(), "An optional second stage that reorders the best sentences, at the price of time"
    ),
    "rerank": Declaration(WholeNumber(1, 1000), "How many of the best sentences the reranker reads"),
}
"""The engine's own record of how to answer, which has the defaults."""


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """The Discord bot. Its token is not a setting: QUOTH_DISCORD_TOKEN or `token_file` holds it."""

    api_url: str = setting(
        Text(), "https://discord.com/api/v10", "The address of Discord's API, which also gives that of the gateway"
    )
    token_file: Path | None = setting(
        OptionalPath("file"), None, "The file that holds the bot's token and nothing else"
    )
    application: int = setting(
        WholeNumber(0, 2**63 - 1),
        0,
        "The application's id, for `quoth discord --invite`; 0 asks Discord, which needs the token",
    )
    store: Place | None = setting(
        OptionalDatabase(),
        None,
        "The SQLite file where the bot keeps votes, unanswered questions and what it posted",
    )
    retention_days: float = setting(
        Number(1, 36_500), 180.0, "After how many days the bot removes answers, questions and votes"
    )
    cooldown: float = setting(Number(0, 3600), 3.0, "How many seconds a user has to wait between two questions")
    answer_within: float = setting(
        Number(0, 1440), 15.0, "For how many minutes a question that had to wait for the bot is still answered"
    )
    in_flight: int = setting(WholeNumber(1, 10_000), 64, "The most questions that may wait at a time")
    servers: tuple[int, ...] | None = setting(
        AllOrIds(), (), "Ids of the servers where the bot answers; [] means the first that it is invited to"
    )
    channels: tuple[int, ...] = setting(Ids(), (), "Ids of the channels where the bot answers, threads included")
    roles: tuple[int, ...] = setting(Ids(), (), "Ids of the roles whose members the bot answers; [] means all")
    ask_channels: tuple[int, ...] = setting(
        Ids(), (), "Ids of the channels where the bot answers every question, without a mention"
    )
    silent_below: float = setting(
        Number(0, 1), 0.5, "The confidence, 0 to 1, below which the bot is silent in ask channels and help forums"
    )
    help_forums: tuple[int, ...] = setting(
        Ids(), (), "Ids of the forums where the bot answers new posts, if it is confident"
    )
    solved_tag: str = setting(Text(), "Solved", "The name of the tag that the Solved button gives a forum's post")
    digest_channels: tuple[int, ...] = setting(
        Ids(), (), "Ids of the channels that get a weekly digest of what is asked in their server"
    )
    direct_messages: Literal["auto", "on", "off"] = setting(
        Choice("auto", "on", "off"), "auto", 'Whether the bot answers direct messages: "on", "off", or "auto"'
    )
    components: bool = setting(
        Switch(), True, "Whether answers are laid out in Discord's components, each quote with a button of its own"
    )
    largest_article: int = setting(
        WholeNumber(1, 64), 2, "The most megabytes of a file that is added as an article from Discord"
    )
    owners: tuple[int, ...] = setting(
        Ids(), (), "Ids of the users who may have the articles read again; [] means the application's owner"
    )
    shards: int = setting(
        WholeNumber(0, MOST_SHARDS), 0, "How many connections the bot's processes have together; 0 asks Discord"
    )
    shard_ids: tuple[int, ...] = setting(
        Shards(), (), "Which of these connections this process has, counted from 0; [] means all"
    )
    collections: Mapping[int, Path] = setting(PathsById(), {}, "Which index answers in which server or channel")


@dataclass(frozen=True, slots=True)
class MonitoringSettings:
    """How whoever runs the bot watches it."""

    address: ListenAddress | None = setting(
        OptionalAddress(), None, "Where the running bot serves /healthz, /readyz and /metrics, such as 127.0.0.1:9464"
    )
    beyond_loopback: bool = setting(
        Switch(), False, "Whether the address may be one that other machines reach; nobody is asked for a password"
    )
    log_format: Literal["text", "json"] = setting(
        Choice("text", "json"),
        "text",
        'How the bot and the servers log: "text", or "json", one object per line',
        flag="--log-json",
    )


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """The server. Its token is not a setting: QUOTH_SERVE_TOKEN or `token_file` holds it."""

    host: str = setting(
        Text(), "127.0.0.1", "The address to serve on; any but this machine's own needs a token", flag="--host"
    )
    port: int = setting(WholeNumber(0, 65_535), 8765, "The port; 0 means any that is free", flag="--port")
    token_file: Path | None = setting(
        OptionalPath("file"), None, "The file that holds the server's token and nothing else"
    )
    hosts: tuple[str, ...] = setting(
        Names(), (), "Names by which the server is called, besides localhost and its addresses"
    )
    rate: int = setting(
        WholeNumber(0, 1_000_000), 600, "How many requests each client has in a minute; 0 means any number"
    )
    in_flight: int = setting(WholeNumber(1, 10_000), 64, "The most questions that may wait at a time")


SECTIONS: Mapping[str, type] = {
    "corpus": CorpusSettings,
    "metadata": MetadataSettings,
    "index": IndexSettings,
    "milvus": MilvusSettings,
    "model": ModelSettings,
    "answer": AnswerSettings,
    "discord": DiscordSettings,
    "monitoring": MonitoringSettings,
    "serve": ServeSettings,
}


DECLARED: Mapping[type, Mapping[str, Declaration]] = {MetadataSettings: METADATA, AnswerSettings: ANSWER}
"""The declarations of records that are the engine's own."""


def _declared() -> dict[str, Setting]:
    settings = {}
    for section, record in SECTIONS.items():
        values = record()
        for item in fields(record):
            own = DECLARED.get(record)
            declaration = own[item.name] if own else item.metadata["declaration"]
            key = f"{section}.{item.name}"
            settings[key] = Setting(key, getattr(values, item.name), *declaration)
    return settings


SETTINGS: Mapping[str, Setting] = _declared()
"""All settings by their keys, in the order of config/quoth.toml."""
