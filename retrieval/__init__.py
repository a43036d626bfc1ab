"""The engine: articles in, cited verbatim quotes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retrieval.settings import AnswerSettings

if TYPE_CHECKING:
    from retrieval.engine import Engine

__all__ = ["AnswerSettings", "Engine"]


def __getattr__(name: str) -> Any:
    # Loaded when first used: the errors and settings of this package are wanted where numpy and FAISS are not.
    if name == "Engine":
        from retrieval.engine import Engine

        return Engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
