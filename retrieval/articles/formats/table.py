"""Every ending that is read here, with its converter."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from retrieval.articles.formats.discord_exports import read_export
from retrieval.articles.formats.documents import READERS, document
from retrieval.articles.formats.drafts import Outcome, reader
from retrieval.articles.formats.letters import read_letter, read_mbox
from retrieval.articles.formats.notebooks import read_notebook
from retrieval.articles.formats.subtitles import read_srt, read_vtt
from retrieval.articles.formats.tables import read_csv, read_tsv
from retrieval.articles.formats.xml_files import convert_feed, convert_xml

FORMATS: Mapping[str, Callable[[bytes, str, str], Outcome]] = {
    ".csv": reader(read_csv),
    ".tsv": reader(read_tsv),
    ".srt": reader(read_srt, "webvtt-py"),
    ".vtt": reader(read_vtt, "webvtt-py"),
    ".ipynb": reader(read_notebook, "markdown-it-py"),
    ".eml": reader(read_letter),
    ".mbox": reader(read_mbox),
    ".json": reader(read_export, "markdown-it-py"),
    ".rss": convert_feed,
    ".atom": convert_feed,
    ".xml": convert_xml,
    **{ending: document(form) for ending, form in READERS.items()},
}
