"""A commit of a git repository: its files that quoth reads, and what is known of all of them."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import PurePosixPath

from yarl import URL

from bot.source_record import Source
from bot.sources.addresses import site_of
from retrieval.articles.corpus import ENDINGS, LARGEST
from retrieval.articles.folder_defaults import FILE
from retrieval.articles.folder_defaults import LARGEST as LARGEST_DEFAULTS

_REGULAR = frozenset({"100644", "100755"})
_LINKS = {
    "github.com": "https://github.com/{owner}/blob/{commit}/{file}",
    "gitlab.com": "https://gitlab.com/{owner}/-/blob/{commit}/{file}",
    "codeberg.org": "https://codeberg.org/{owner}/src/commit/{commit}/{file}",
    "bitbucket.org": "https://bitbucket.org/{owner}/src/{commit}/{file}",
}
"""Where hosts show a file as it was in a commit."""
_LONGEST_REASON = 100


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of a commit."""

    path: str
    object: str
    size: int


def blobs_of(listed: bytes, below: str) -> tuple[list[Blob], int]:
    """Return the files of a commit that quoth reads, and how many links and submodules there are among the rest."""
    blobs, links = list[Blob](), 0
    for line in filter(None, listed.split(b"\0")):
        about, _, name = line.partition(b"\t")
        mode, _, object_id, size = about.decode("ascii").split()
        path = PurePosixPath(os.fsdecode(name))
        if below and not path.is_relative_to(below):
            continue
        if mode not in _REGULAR:
            links += 1
        elif _is_read(path) and int(size) <= LARGEST:
            blobs.append(Blob(path.as_posix(), object_id, int(size)))
    return blobs, links


def defaults_of(source: Source, commit: str, own: bytes) -> tuple[bytes, str]:
    """Return what holds for all articles: what the repository says, the commit, and where its files are shown.

    What it says counts only if it can be read: it would otherwise hide the commit as well. The second value is what is
    wrong with it, "" if nothing.
    """
    values = {"source": f"{source.name}@{commit[:12]}"}
    if link := _link(source):
        values["url"] = link.replace("{commit}", commit)
    lines = {key: f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()}
    try:
        if len(own) + sum(map(len, lines.values())) > LARGEST_DEFAULTS:
            raise ValueError("it is too large")
        text = own.decode("utf-8-sig")
        given = tomllib.loads(text)
        if unfit := [key for key in lines if not isinstance(given.get(key, ""), str)]:
            raise ValueError(f"{unfit[0]} is no text")
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        return "".join(lines.values()).encode(), f"its {FILE} counts as empty, since it cannot be read ({reason})"
    return "".join([*(line for key, line in lines.items() if key not in given), text]).encode(), ""


def _is_read(path: PurePosixPath) -> bool:
    """Return whether quoth reads a file of this path, which leads nowhere but below its folder."""
    if path.is_absolute() or any(part.startswith(".") for part in path.parts):
        return False
    return path.name == FILE or path.suffix.lower() in ENDINGS


def _link(source: Source) -> str:
    """Return where a file is shown as it was in a commit; "" where that is not known."""
    if source.link:
        return source.link
    owner = URL(source.address).path.strip("/").removesuffix(".git")
    template = _LINKS.get(site_of(source.address), "")
    return template.replace("{owner}", owner) if owner.isascii() and '"' not in owner else ""
