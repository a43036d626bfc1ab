"""A commit of a git repository: its files that quoth reads, and what is known of all of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath

from yarl import URL

from bot.source_record import Source
from retrieval.articles.corpus import ENDINGS, LARGEST
from retrieval.articles.folder_defaults import FILE

_REGULAR = frozenset({"100644", "100755"})
_LINKS = {
    "github.com": "https://github.com/{owner}/blob/{commit}/{file}",
    "gitlab.com": "https://gitlab.com/{owner}/-/blob/{commit}/{file}",
    "codeberg.org": "https://codeberg.org/{owner}/src/commit/{commit}/{file}",
    "bitbucket.org": "https://bitbucket.org/{owner}/src/{commit}/{file}",
}
"""Where hosts show a file as it was in a commit."""


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


def defaults_of(source: Source, commit: str, own: bytes) -> bytes:
    """Return what holds for all articles: what the repository says, the commit, and where its files are shown."""
    values = {"source": f"{source.name}@{commit[:12]}"}
    if link := _link(source):
        values["url"] = link.replace("{commit}", commit)
    text = own.decode("utf-8", "replace")
    missing = [f'{key} = "{value}"\n' for key, value in values.items() if not _gives(text, key)]
    return "".join([*missing, text]).encode()


def _is_read(path: PurePosixPath) -> bool:
    """Return whether quoth reads a file of this path, which leads nowhere but below its folder."""
    if path.is_absolute() or any(part.startswith(".") for part in path.parts):
        return False
    return path.name == FILE or path.suffix.lower() in ENDINGS


def _link(source: Source) -> str:
    """Return where a file is shown as it was in a commit; "" where that is not known."""
    if source.link:
        return source.link
    url = URL(source.address)
    owner = url.path.strip("/").removesuffix(".git")
    template = _LINKS.get((url.host or "").removeprefix("www."), "")
    return template.replace("{owner}", owner) if owner.isascii() and '"' not in owner else ""


def _gives(text: str, key: str) -> bool:
    """Return whether a file of defaults gives a key before its first section."""
    head = text.partition("\n[")[0]
    return any(line.split("=")[0].strip() == key for line in head.splitlines() if "=" in line)
