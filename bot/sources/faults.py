"""What can go wrong with a source; the reasons are parts of sentences that begin with its name."""

from __future__ import annotations

from pathlib import Path

from retrieval.errors import QuothError


class SourceFault(Exception):
    """A source, or a page of one, that cannot be fetched now."""

    def __init__(self, reason: str, *, status: int = 0, patience: float = 0, outage: bool = False) -> None:
        """`status` is that of the reply, if there was one; `patience` for how many seconds it asks to be left alone.

        `outage` where all of the site may be down.
        """
        self.reason, self.status, self.patience = reason, status, patience
        self.is_outage = outage or status >= 500
        super().__init__(reason)


class Denied(SourceFault):
    """A page that its site's robots.txt keeps quoth from."""

    def __init__(self) -> None:
        super().__init__("is denied to quoth by robots.txt")


class SourcesBusy(QuothError):
    """Another process is fetching into the same folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        super().__init__(f"Another quoth is fetching the sources into {root}: wait for it to finish.")


class NothingFetched(QuothError):
    """No source has brought anything yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        super().__init__(f"The sources have brought nothing to {root} yet: run `quoth fetch`, and see what it says.")
