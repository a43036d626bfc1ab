"""Sources of articles as a setting.

Every command imports this; what reads a source's table is imported only where there is one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.setting_values import AnyPath, Kind
from bot.source_record import Source


class Sources(Kind[tuple[Source, ...]]):
    """A list of sources, each a table."""

    def _parse(self, text: str) -> object:
        import tomllib

        try:
            return tomllib.loads(f"sources = {text}")["sources"]
        except RecursionError:
            return text

    def _allows(self, value: object) -> bool:
        return isinstance(value, list) and all(isinstance(table, dict) for table in value)

    def _allowed(self) -> str:
        return 'a list of tables, such as [{ name = "news", feed = "https://example.org/feed.xml" }]'

    def _convert(self, value: list[dict[str, Any]]) -> tuple[Source, ...]:
        if not value:
            return ()
        from bot.source_tables import sources_of

        return sources_of(value)

    def _locate(self, value: tuple[Source, ...], base: Path) -> tuple[Source, ...]:
        return tuple(
            replace(source, address=str(AnyPath().locate(Path(source.address), base)))
            if source.kind == "folder"
            else source
            for source in value
        )
