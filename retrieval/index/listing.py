"""INDEX/CURRENT: the generations that an index keeps, the current one first.

A line has a generation's name, SHA-256 of its manifest and, of a former one, when it was replaced; the last line is a
checksum of those above.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import GenerationMissing, IndexDamaged, IndexUnreadable, unreadable
from retrieval.index.manifest import is_manifest
from retrieval.regular_files import read_regular
from retrieval.sealed import seal_lines, unseal_lines

FILE = "CURRENT"
HOME = "generations"
"""The folder in an index that holds all generations."""
_LINE = re.compile(r"(?P<name>\d{6,}) (?P<digest>[0-9a-f]{64})(?: (?P<replaced>\S+))?")


@dataclass(frozen=True, slots=True)
class ListedGeneration:
    """A generation that CURRENT lists."""

    folder: Path
    digest: str
    """SHA-256 of its manifest."""
    replaced: str | None = None
    """When another became current, ISO 8601 in UTC; None for the current one."""

    @property
    def place(self) -> str:
        """Its path below the index."""
        return f"{HOME}/{self.folder.name}"

    @property
    def line(self) -> str:
        """Its line in CURRENT."""
        return f"{self.folder.name} {self.digest}{f' {self.replaced}' if self.replaced else ''}"

    def manifest(self) -> bytes:
        """Return the bytes of its manifest, checked; raises GenerationMissing, IndexDamaged, IndexUnreadable."""
        file, home = self.folder / "manifest.json", self.folder.parent
        try:
            manifest = read_regular(file)
        except FileNotFoundError as error:
            if self.folder.is_dir():
                raise unreadable(file, error) from error
            raise GenerationMissing(home.parent, self.folder.name, self.folder if home.is_dir() else home) from error
        except OSError as error:
            raise unreadable(file, error) from error
        if hashlib.sha256(manifest).hexdigest() != self.digest:
            raise IndexDamaged(file, "its checksum differs")
        return manifest


def dump(generations: list[ListedGeneration]) -> bytes:
    """Return the bytes of a CURRENT that lists these."""
    return seal_lines([generation.line for generation in generations])


def load(index: Path) -> tuple[ListedGeneration, ...]:
    """Return the generations that CURRENT lists.

    Raises FileNotFoundError or NotADirectoryError where there is no CURRENT, IndexDamaged, IndexUnreadable.
    """
    file = index / FILE
    try:
        lines = unseal_lines(read_regular(file))
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise unreadable(file, error) from error
    except ValueError as error:
        raise IndexDamaged(file, str(error)) from error
    generations = [generation for line in lines if (generation := _parsed(index, line))]
    is_former = [generation.replaced is not None for generation in generations]
    if not lines or len(generations) < len(lines) or is_former != [row > 0 for row in range(len(lines))]:
        raise IndexDamaged(file, "it names no generation")
    return tuple(generations)


def intact(index: Path) -> list[ListedGeneration]:
    """Return the generations of a damaged CURRENT whose lines match a manifest that is there."""
    file = index / FILE
    try:
        lines = read_regular(file).decode("ascii", "replace").splitlines()
    except OSError:
        return []
    generations = (_parsed(index, line) for line in lines)
    return [generation for generation in generations if generation and _has_its_manifest(generation)]


def holds_generations(index: Path) -> bool:
    """Return whether a build has written a generation in this folder, listed or not."""
    return bool(intact(index)) or any(map(_is_generation, (index / HOME).glob("[0-9]*")))


def _parsed(index: Path, line: str) -> ListedGeneration | None:
    match = _LINE.fullmatch(line)
    return ListedGeneration(index / HOME / match["name"], match["digest"], match["replaced"]) if match else None


def _has_its_manifest(generation: ListedGeneration) -> bool:
    try:
        return bool(generation.manifest())
    except (IndexDamaged, IndexUnreadable):
        return False


def _is_generation(folder: Path) -> bool:
    file = folder / "manifest.json"
    try:
        return is_manifest(read_regular(file))
    except OSError:
        return False
