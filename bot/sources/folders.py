"""A folder as a source: its articles are copied, so that a disk that is away takes nothing with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from bot.source_record import Source
from bot.sources.bodies import MEGABYTE
from bot.sources.faults import SourceFault
from bot.sources.mirror import Mirror
from retrieval.articles.corpus import SourceFile, scan
from retrieval.articles.folder_defaults import FILE
from retrieval.errors import CorpusError, CorpusNotFound
from retrieval.paths import resolved


def copy_folder(source: Source, folder: Path, left_out: Sequence[Path]) -> tuple[int, int, Sequence[str]]:
    """Copy a source's articles; return how many there are and how many changed, and notes. Raises SourceFault, OSError.

    `left_out` are folders of quoth's own, which may lie within the source's.
    """
    origin, own = Path(source.address), {resolved(path) for path in left_out}
    try:
        files, warns = scan(origin, lambda above, name: resolved(above / name) in own)
    except CorpusNotFound:
        raise SourceFault(f"is not there ({source.address}), so what was copied before is kept") from None
    except CorpusError as error:
        raise SourceFault(f"cannot be read ({getattr(error, 'reason', error)})") from None
    if not origin.is_dir():
        raise SourceFault(f"is no folder ({source.address})")
    if not files:
        raise SourceFault(f"has no article ({source.address}), so what was copied before is kept")
    check_limits(source, len(files), sum(file.size for file in files))
    mirror, root = Mirror(folder), resolved(origin)
    for file in files:
        mirror.put(file.file.relative_to(root).as_posix(), partial(shutil.copyfile, file.file))
    for path in _defaults(root, files):
        mirror.put(path, partial(shutil.copyfile, root / path))
    kept = len(files) - len(mirror.unfit)
    unread = [warn for warn in warns if warn.retry]
    if unread:  # what cannot be read today may be read tomorrow
        return kept, mirror.changed, (f"{len(unread):,} of its files cannot be read: {unread[0].path}", *mirror.notes)
    mirror.finish()
    return kept, mirror.changed, mirror.notes


def check_limits(source: Source, count: int, size: int) -> None:
    """Raise SourceFault where a source has more files, or larger ones, than its settings allow."""
    if count > source.pages:
        raise SourceFault(f"has {count:,} files to read, and `pages` allows {source.pages:,}")
    if size > source.megabytes * MEGABYTE:
        raise SourceFault(f"has {size / MEGABYTE:,.0f} MB to read, and `megabytes` allows {source.megabytes:,}")


def _defaults(root: Path, files: Sequence[SourceFile]) -> Iterator[str]:
    """Yield the paths of the files that say what holds for all articles of their folders."""
    folders = {above for file in files for above in PurePosixPath(file.file.relative_to(root).as_posix()).parents}
    for folder in sorted(folders):
        file = root / folder / FILE
        if file.is_file() and resolved(file).is_relative_to(root):
            yield (folder / FILE).as_posix()
