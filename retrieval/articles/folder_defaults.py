"""A folder's `_quoth.toml` -> what holds for all articles below it that do not say otherwise themselves.

The nearest folder that says something counts. What is wrong in such a file is named, and counts as not said.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from retrieval.articles.facts import NAMES, language_code, line_of, names_in, tags_in
from retrieval.articles.fetched import marked_name
from retrieval.articles.publication_dates import iso_date
from retrieval.paths import cited_path
from retrieval.records import Warn
from retrieval.redaction import hide_tokens
from retrieval.regular_files import read_regular
from retrieval.settings import MetadataSettings

FILE = "_quoth.toml"
LARGEST = 65_536  # bytes of such a file
_LONGEST_KEY = 40  # characters that are repeated
_PLACE = re.compile(r"(?P<problem>.*?) ?\(at (?P<place>line \d+|end of document).*\)", re.DOTALL)
_ADDRESS = re.compile(r"https?://[^\s/{}]+(?:/(?:[^\s{}]|\{path\}|\{file\})*)?", re.IGNORECASE)
_PAGES = frozenset(
    {".md", ".markdown", ".mdx", ".rst", ".org", ".adoc", ".asciidoc", ".ipynb", ".html", ".htm", ".txt"}
)
"""Endings of files that are pages of a site, whose addresses are without them."""
_INDEXES = frozenset({"index", "_index", "README"})
"""Names of files that are the page of their folder."""
_SECTION, _ORDER = "metadata", "date_order"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the folders of a file say of its articles."""

    source: str | None = None
    author: str | None = None
    url: str | None = None
    """The address of a file, in which `{path}` stands for its path and `{file}` for that with its ending."""
    date: str | None = None
    tags: tuple[str, ...] = ()
    language: str = ""
    folder: str = ""
    """The folder that gives the address, from which the path counts: empty, or with a slash at its end."""

    def address(self, path: str) -> str | None:
        """Return the address of the file at a path below the corpus."""
        if self.url is None:
            return None
        file = PurePosixPath(path.removeprefix(self.folder))
        page = file.with_suffix("") if file.suffix.lower() in _PAGES else file
        page = page.parent if page.name in _INDEXES else page
        short = "" if page == PurePosixPath(".") else page.as_posix()
        return self.url.replace("{path}", quote(short)).replace("{file}", quote(file.as_posix()))


NOTHING = Defaults()


@dataclass(frozen=True, slots=True)
class Known:
    """What holds in a folder."""

    defaults: Defaults = NOTHING
    names: MetadataSettings = NAMES
    fetched: str = ""
    """The folder of the source that it was fetched from, with a slash at its end; "" for what is the user's own."""


class _MistakeError(Exception):
    """What is wrong with a value, as a part of a sentence that begins with its key."""


class Folders:
    """The folders of a corpus."""

    def __init__(self, root: Path, names: MetadataSettings) -> None:
        """Take the corpus, its links resolved, and the names of fields that hold where no folder gives others."""
        self._root = root
        self._known: dict[str, Known] = {}
        self._bare = Known(names=names)
        self.warnings: list[Warn] = []

    def of(self, path: str) -> Known:
        """Return what holds for a file at a path below the corpus; nothing does where that is one file."""
        if not self._root.is_dir():
            return self._bare
        folder, slash, _ = path.rpartition("/")
        if folder not in self._known:
            above = self.of(folder) if slash else self._bare
            if slash and not above.fetched and marked_name(self._root / folder) == PurePosixPath(folder).name:
                above = replace(above, fetched=f"{cited_path(folder)}/")
            self._known[folder] = self._added(above, f"{folder}{slash}")
        return self._known[folder]

    def _added(self, above: Known, folder: str) -> Known:
        """Return what holds in a folder, with what its own file says."""
        file = self._root / folder / FILE
        try:
            if not Path(os.path.realpath(file)).is_relative_to(self._root):
                return above
            text = read_regular(file, LARGEST).decode("utf-8-sig").replace("\r\n", "\n")
            content = tomllib.loads(text)
        except FileNotFoundError:
            return above
        except UnicodeDecodeError:
            self._warn(folder, "is not UTF-8: save it as that")
        except ValueError as error:  # TOML that is none, or a number too long to read
            parts = _PLACE.fullmatch(str(error))
            what, place = (parts["problem"], parts["place"]) if parts else (str(error), "the file")
            self._warn(folder, f"has a mistake at {place} ({hide_tokens(what)}): correct it")
        except (OSError, RecursionError) as error:
            self._warn(
                folder, f"cannot be read ({getattr(error, 'strerror', None) or type(error).__name__}): replace it"
            )
        else:
            return self._merged(above, folder, content, text)
        return above

    def _merged(self, above: Known, folder: str, content: Mapping[str, Any], text: str) -> Known:
        named = content.get(_SECTION, {})
        names = dict(self._checked(named, _NAMES, folder, text)) if isinstance(named, dict) else {}
        order = names.get(_ORDER, above.names.date_order)
        readers = {**_VALUES, "date": lambda value: iso_date(line_of(value) or "", order)}
        checks = {name: _check(readers[name], _ALLOWED[name]) for name in _ALLOWED}
        values = dict(self._checked({key: content[key] for key in content if key != _SECTION}, checks, folder, text))
        if not isinstance(named, dict):
            self._warn(folder, f"has a mistake in {_line(text, _SECTION)}: {_SECTION} is a section, [{_SECTION}]")
        if "url" in values:
            values["folder"] = cited_path(folder)
        return replace(above, defaults=replace(above.defaults, **values), names=replace(above.names, **names))

    def _checked(
        self, content: Mapping[str, Any], checks: Mapping[str, Callable[[object], Any]], folder: str, text: str
    ) -> Iterator[tuple[str, Any]]:
        for key, value in content.items():
            try:
                if key not in checks:
                    raise _MistakeError(f"is none of the keys {', '.join(checks)}: {_instead_of(key, checks)}")
                if hide_tokens(str(value)) != str(value):
                    raise _MistakeError("holds a password or a key, which would be published: remove that")
                yield key, checks[key](value)
            except _MistakeError as mistake:
                self._warn(folder, f"has a mistake in {_line(text, key)}: {hide_tokens(key)[:_LONGEST_KEY]} {mistake}")

    def _warn(self, folder: str, reason: str) -> None:
        until = "what lies above it counts" if folder else "that counts as not set"
        self.warnings.append(Warn(cited_path(f"{folder}{FILE}"), f"{reason}; until then, {until}", skipped=False))


def _instead_of(key: str, checks: Iterable[str]) -> str:
    """Return what to do about a key that there is not: which one says the same in front matter, or is spelt alike."""
    fields = asdict(NAMES)
    same = [name for name in checks if name in fields and key.lower().replace("-", "_") in fields[name]]
    if same := same or get_close_matches(key, checks, n=1):
        return f"write {same[0]} instead"
    if key in fields:
        return "say it in each article, since it differs from one to the next"
    return "remove it"


def _check(read: Callable[[object], Any], allowed: str) -> Callable[[object], Any]:
    def check(value: object) -> Any:
        if not (known := read(value)):
            raise _MistakeError(f"must be {allowed}")
        return known

    return check


def _address(value: object) -> str | None:
    """Return an address with a place for the path: behind it where it names none."""
    line = line_of(value)
    if line is None or not _ADDRESS.fullmatch(line):
        return None
    return line if "{" in line else f"{line.rstrip('/')}/{{path}}"


def _tags(value: object) -> tuple[str, ...] | None:
    tags, is_whole = tags_in(value)
    return tags if is_whole else None


def _names(value: object) -> tuple[str, ...] | None:
    is_list = isinstance(value, list) and all(isinstance(name, str) and name.strip() for name in value)
    return tuple(name.strip() for name in value) if isinstance(value, list) and is_list else None


_VALUES: Mapping[str, Callable[[object], Any]] = {
    "source": line_of, "author": names_in, "url": _address, "tags": _tags, "language": language_code,
}  # fmt: skip
_ALLOWED = {
    "source": "text that is not empty",
    "author": "a name, or a list of names",
    "url": 'a web address, such as "https://example.org/docs/{path}"',
    "date": 'a date, such as "2023-06-30"',
    "tags": "a list of texts",
    "language": 'the code of a language, such as "en"',
}
"""What each key may be; its reader returns nothing for anything else."""
_NAMES: Mapping[str, Callable[[object], Any]] = {
    **{
        name: _check(_names, f'a list of one name of a field or more, such as ["{names[0]}"]')
        for name, names in asdict(NAMES).items()
        if name != _ORDER
    },
    _ORDER: _check(lambda value: value if value in {"DMY", "MDY"} else None, '"DMY" or "MDY"'),
}


def _line(text: str, key: str) -> str:
    """Return which line of a file gives a key; "the file" where that cannot be told."""
    place = re.search(rf"^[ \t]*\[?[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[=.\]]", text, re.MULTILINE)
    return f"line {text.count(chr(10), 0, place.start()) + 1}" if place else "the file"
