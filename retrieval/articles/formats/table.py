"""Every ending that is read here, with its converter."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from retrieval.articles.formats.discord_exports import read_export
from retrieval.articles.formats.documents import READERS, document
from retrieval.articles.formats.drafts import Outcome, reader
from retrieval.articles.formats.feeds import read_feed
from retrieval.articles.formats.letters import read_letter, read_mbox
from retrieval.articles.formats.notebooks import read_notebook
from retrieval.articles.formats.subtitles import read_srt, read_vtt
from retrieval.articles.formats.tables import read_csv, read_tsv

_feed = reader(read_feed, "feedparser")

FORMATS: Mapping[str, Callable[[bytes, str, str], Outcome]] = {
    ".csv": reader(read_csv),
    ".tsv": reader(read_tsv),
    ".srt": reader(read_srt, "webvtt-py"),
    ".vtt": reader(read_vtt, "webvtt-py"),
    ".ipynb": reader(read_notebook, "markdown-it-py"),
    ".eml": reader(read_letter),
    ".mbox": reader(read_mbox),
    ".json": reader(read_export, "markdown-it-py"),
    ".rss": _feed,
    ".atom": _feed,
    ".xml": _feed,
    **{ending: document(form) for ending, form in READERS.items()},
}
