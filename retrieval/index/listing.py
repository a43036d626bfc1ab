"""INDEX/CURRENT: the generations that an index keeps, the current one first.

A line has a generation's name, SHA-256 of its manifest and, of a former one, when it was replaced; the last line is a
checksum of those above. By this shape quoth knows its own list even where it is damaged; any other file of this name
is somebody's own, which no build replaces.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import IndexDamaged, IndexUnreadable, ListForeign
from retrieval.index.faults import damaged, foreign, missing, unreadable
from retrieval.index.manifest import Manifest, is_manifest, parse
from retrieval.regular_files import NotRegularError, read_regular
from retrieval.sealed import seal_lines, unseal_lines

FILE = "CURRENT"
HOME = "generations"
"""The folder in an index that holds all generations."""
_LINE = re.compile(r"(?P<name>\d{6,}) (?P<digest>[0-9a-f]{64})(?: (?P<replaced>\S+))?")
_DAMAGED = re.compile(
    rb"^\d{6,12}.[0-9a-f]{64}(?![0-9a-f])|(?:^\d{6,12} [^\n]*| [0-9a-f]{64})\n[0-9a-f]{64}\n?\Z", re.MULTILINE
)
"""What is left of a list where a byte was changed or some were added: a line, or most of one and the checksum."""
_CUT = re.compile(rb"(?:0\d*(?: [0-9a-f]{0,63})?)?")
"""What is left of a list that was cut off within its first line."""


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
        file = self.folder / "manifest.json"
        try:
            manifest = read_regular(file)
        except FileNotFoundError as error:
            if self.folder.is_dir():
                raise unreadable(file, error) from error
            raise missing(self.folder) from error
        except OSError as error:
            raise unreadable(file, error) from error
        if hashlib.sha256(manifest).hexdigest() != self.digest:
            raise damaged(file, "its checksum differs")
        return manifest

    def parsed(self) -> Manifest:
        """Return its manifest; raises what `manifest` raises, and IndexMismatch for one of another format."""
        return parse(self.manifest(), self.folder / "manifest.json")


def dump(generations: list[ListedGeneration]) -> bytes:
    """Return the bytes of a CURRENT that lists these."""
    return seal_lines([generation.line for generation in generations])


def load(index: Path) -> tuple[ListedGeneration, ...]:
    """Return the generations that CURRENT lists.

    Raises FileNotFoundError or NotADirectoryError where there is no CURRENT, ListForeign where it is somebody's own,
    IndexDamaged, IndexUnreadable.
    """
    file = index / FILE
    raw = _read(file)
    try:
        lines = unseal_lines(raw)
    except ValueError as error:
        if not is_list(raw):
            raise foreign(file, "no line of it names one") from error
        raise damaged(file, str(error)) from error
    generations = [generation for line in lines if (generation := _parsed(index, line))]
    is_former = [generation.replaced is not None for generation in generations]
    if not lines or len(generations) < len(lines) or is_former != [row > 0 for row in range(len(lines))]:
        raise damaged(file, "it names no generation")
    return tuple(generations)


def check_own(index: Path) -> None:
    """Raise ListForeign where CURRENT is somebody's own, and IndexUnreadable where that cannot be known."""
    try:
        load(index)
    except (ListForeign, IndexUnreadable):
        raise
    except (FileNotFoundError, NotADirectoryError, IndexDamaged):
        return


def is_list(raw: bytes) -> bool:
    """Return whether these bytes are of a list that quoth wrote, damaged or not, or hold nothing that could be lost."""
    content = raw.strip(b"\0\r\n ")
    return bool(_DAMAGED.search(raw) or _CUT.fullmatch(content))


def _read(file: Path) -> bytes:
    try:
        return read_regular(file)
    except FileNotFoundError as error:
        if file.is_symlink():
            raise foreign(file, "it is a link that leads nowhere") from error
        raise
    except NotADirectoryError:
        raise
    except (IsADirectoryError, NotRegularError) as error:
        raise foreign(file, error.strerror or type(error).__name__) from error
    except OSError as error:
        raise unreadable(file, error) from error


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
