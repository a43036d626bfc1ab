"""What the index knows that an option or argument may be: articles, permalinks, tags, paths, languages, sources.

Each returns what begins as typed, or else what has that in any other place; nothing where there is no index, or
anything else is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from retrieval.index.generation import Generation

T = TypeVar("T")
Value = tuple[str, str]
"""A value, and what it is; "" for nothing more to say."""
MOST = 300
"""Values that are offered; in a larger corpus, more letters lead to the rest."""
LONGEST_HELP = 60  # characters


class _Offered(str):
    """A value that is offered wherever it has what is typed: typer drops those that do not begin with that."""

    __slots__ = ()

    def startswith(self, *_: object) -> bool:
        """Return True."""
        return True


def articles(context: typer.Context, incomplete: str) -> list[Value]:
    """Return the ids of articles, with their titles."""
    return _values(context, incomplete, _articles)


def permalinks(context: typer.Context, incomplete: str) -> list[Value]:
    """Return the beginnings of permalinks, and, once an article is named, one for each of its sentences."""
    article = incomplete.partition("@")[0]
    if "#" in incomplete:
        return _values(context, incomplete, lambda generation: _sentences(generation, article))
    return _values(context, incomplete, lambda generation: _beginnings(generation, article))


def sources(context: typer.Context, incomplete: str) -> list[Value]:
    """Return who published articles."""
    from retrieval.filters import publisher

    def values(generation: Generation) -> Iterator[Value]:
        for row in range(len(generation)):
            if source := generation.facts(row).source:
                yield publisher(source), ""

    return _values(context, incomplete, values)


def tags(context: typer.Context, incomplete: str) -> list[Value]:
    """Return the tags of articles."""
    return _values(
        context,
        incomplete,
        lambda generation: ((tag, "") for row in range(len(generation)) for tag in generation.facts(row).tags),
    )


def languages(context: typer.Context, incomplete: str) -> list[Value]:
    """Return the languages of articles."""
    return _values(context, incomplete, lambda generation: ((language, "") for language in generation.languages))


def paths(context: typer.Context, incomplete: str) -> list[Value]:
    """Return the folders of articles, and their files."""

    def values(generation: Generation) -> Iterator[Value]:
        for row in range(len(generation)):
            path = generation.facts(row).path or ""
            # One level at a time, as a shell completes paths.
            behind = path[len(incomplete) :].partition("/")
            yield incomplete + behind[0] + behind[1] if path.startswith(incomplete) else path, ""

    return _values(context, incomplete, values)


def _articles(generation: Generation) -> Iterator[Value]:
    for row in range(len(generation)):
        article = generation.ref(row)
        yield article.article, article.title


def _beginnings(generation: Generation, begun: str) -> Iterator[Value]:
    ids = {generation.ref(row).article: row for row in range(len(generation))}
    for row in list(_fitting(ids.items(), begun).values())[:MOST]:
        citation = generation.cite(row, 0, 1, 1)
        yield citation.ref.partition("#")[0] + "#", citation.title


def _sentences(generation: Generation, article: str) -> Iterator[Value]:
    row = next((row for row in range(len(generation)) if generation.ref(row).article == article), None)
    for sentence in generation.sentences_in(row) if row is not None else ():
        span = generation.sentence(sentence)
        assert row is not None
        yield generation.cite(row, span.start, span.end, 1).ref, generation.text(span)


def _values(context: typer.Context, incomplete: str, find: Callable[[Generation], Iterable[Value]]) -> list[Value]:
    try:
        from bot.settings import load
        from retrieval import indexes

        named = {name: context.params.get(name) for name in ("config", "index")}
        generation = indexes.current(load(named["config"], {"index.path": named["index"]}).index.path)
        values = list(_fitting(find(generation), incomplete).items())[:MOST]
        return [(_Offered(value), " ".join(help.split())[:LONGEST_HELP]) for value, help in values]
    except Exception:  # noqa: BLE001 - whoever types is not to be told of faults
        return []


def _fitting(values: Iterable[tuple[str, T]], typed: str) -> dict[str, T]:
    """Return the values that begin as typed, the first of each; where none does, those that have it elsewhere."""
    beginning, having = dict[str, T](), dict[str, T]()
    folded = typed.casefold()
    for value, about in values:
        if value.startswith(typed):
            beginning.setdefault(value, about)
        elif not beginning and folded in value.casefold():
            having.setdefault(value, about)
    return beginning or having
