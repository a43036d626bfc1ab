"""The settings of answers and of metadata, with their defaults. The front ends map their settings files to these."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

DateOrder = Literal["DMY", "MDY"]
"""Whether the day comes before the month, or behind it."""

LOCAL_CLUSTER, CLUSTER_HERE = "local", "auto"
"""A Ray cluster that is started for a build, and the one that runs on this machine."""
CLUSTER = re.compile(r"local|auto|(?:ray://)?(?P<host>[\w.-]+|\[[\da-fA-F:.]+\]):(?P<port>\d{1,5})")
"""The address of a Ray cluster: one of those two, or one by its place."""

AUTO_READER, BUILT_IN_READER = "auto", "built-in"


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How quotes are found, chosen and trusted."""

    top: int = 3
    """Maximum number of quotes in an answer."""
    threshold: float | Literal["auto"] = "auto"
    """Confidence below which quoth abstains; "auto" uses the index's calibration, or else the built-in threshold."""
    candidates: int = 10
    """Number of passages whose sentences are scored."""
    pool: int = 100
    """Number of passages from each of the two searches that are ranked together."""
    passage_terms: float = 0.06
    """Weight of a passage's BM25 score beside its cosine with the question."""
    sentence_terms: float = 0.01
    """Weight of the BM25 scores of a sentence and of its passage beside the sentence's MaxSim."""
    weighed: int = 20
    """Number of the first stage's best sentences that the ranking models weigh."""
    word_cost: float = 0.009
    """Cost in belief of each word of the shorter of two neighbouring sentences: they become one quote where the belief
    in both, less that cost, exceeds the belief in either."""
    least: float = 0.02
    """Share of the first quote's belief below which no further quote is added."""
    max_question: int = 1000
    """Maximum length of a question, in characters."""
    reader: str | None = AUTO_READER
    """The reader of the best passages: "auto" takes the one tuned for the index, or else the built-in one; a folder
    names another, and None does without one."""
    reranker: str | None = None
    """A CrossEncoder that reorders the best sentences, as a folder or a hub name; None leaves their order."""
    rerank: int = 20
    """Number of sentences that the reranker reads."""


@dataclass(frozen=True, slots=True)
class MetadataSettings:
    """The fields of front matter and of JSONL lines that say something of an article, by what they say.

    Of several, the first one counts that is there and can be used. Letter case, spaces, `-` and `_` make no difference,
    and a dot leads into a table: `last_update.date`.
    """

    title: tuple[str, ...] = ("title",)
    source: tuple[str, ...] = ("source", "publisher")
    author: tuple[str, ...] = ("author", "authors", "params.author", "extra.author")
    """Who wrote it, which stands for the source where none is named."""
    url: tuple[str, ...] = ("url", "canonical_url", "canonical", "link", "source")
    date: tuple[str, ...] = (
        *("published", "date", "publish_date", "pub_date", "published_at", "date_published", "date.created", "created"),
        *("date_created", "created_at", "lastmod", "modified", "last_update.date", "last_updated", "updated"),
    )
    id: tuple[str, ...] = ("_id", "id")
    tags: tuple[str, ...] = ("tags", "tag", "keywords", "categories", "category", "taxonomies.tags")
    aliases: tuple[str, ...] = ("aliases", "alias")
    """Other names of what it is about; addresses among them, to which some sites redirect, are none."""
    language: tuple[str, ...] = ("lang", "language", "locale")
    date_order: DateOrder = "DMY"
    """What 03/04/2021 is: the third of April, or the fourth of March."""
