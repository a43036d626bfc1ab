"""A folder brought to hold just these files: each is whole at every instant, and goes only when the rest is there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from bot.formats.numbers import count
from bot.formats.visible import short
from retrieval.articles.fetched import MARK
from retrieval.files import beside, file_digest

Write = Callable[[Path], None]
"""Writes a file that is not there yet."""
_UNFIT = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL})
"""How file systems refuse a name: it is too long, or has bytes or signs that they do not take."""
_LONGEST_NAMED = 80
"""Characters of a path that are repeated."""


class Mirror:
    """The files of a source, as they are fetched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._put = set[PurePosixPath]()
        self.changed = 0
        """Files that were written or removed."""
        self.unfit = list[str]()
        """Paths that no file here can have."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is left out, as parts of sentences."""
        if not self.unfit:
            return ()
        named = short(self.unfit[0], _LONGEST_NAMED)
        return (f"{count(len(self.unfit), 'file')} left out, whose name cannot be kept on this disk: {named}",)

    def put(self, path: str, write: Write) -> None:
        """Have a file at a path below the folder; one that is the same already is left alone. Raises OSError.

        A path that no file can have, as a part of it is too long, is left out.
        """
        relative = PurePosixPath(path)
        if relative.is_absolute() or not relative.parts or ".." in relative.parts:
            raise ValueError(path)
        self._put.add(relative)
        try:
            self._replace(relative, write)
        except OSError as error:
            if error.errno not in _UNFIT:
                raise
            self.unfit.append(path)

    def _replace(self, relative: PurePosixPath, write: Write) -> None:
        file = self._folder / relative
        self._make_way(relative)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = beside(file)
        try:
            write(draft)
            if file.is_file() and file_digest(file) == file_digest(draft):
                return
            draft.replace(file)
            self.changed += 1
        finally:
            draft.unlink(missing_ok=True)

    def finish(self) -> None:
        """Remove what was not put there, and folders that are empty."""
        for file in list(_files(self._folder)):
            if file != self._folder / MARK and PurePosixPath(file.relative_to(self._folder)) not in self._put:
                file.unlink(missing_ok=True)
                self.changed += not file.name.startswith(".")
        for folder, _, _ in os.walk(self._folder, topdown=False):
            if Path(folder) != self._folder:
                with suppress(OSError):  # it is not empty
                    os.rmdir(folder)

    def _make_way(self, relative: PurePosixPath) -> None:
        """Remove a file that was where a folder is to be, a folder that was where the file is, and links."""
        for above in list(relative.parents)[:-1]:
            if (self._folder / above).is_symlink() or not (self._folder / above).is_dir():
                (self._folder / above).unlink(missing_ok=True)
        if (self._folder / relative).is_symlink():
            (self._folder / relative).unlink()
        if (self._folder / relative).is_dir():
            shutil.rmtree(self._folder / relative)


def _files(folder: Path) -> Iterator[Path]:
    for above, _, names in os.walk(folder):
        yield from (Path(above) / name for name in names)
