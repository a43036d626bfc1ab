"""What other tools get: each request answered by a collection, as the JSON that the command line prints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from bot.answering.collection import Collection
from bot.answering.requests import ArticlesRequest, AskRequest, SearchRequest, ShowRequest, VerifyRequest
from bot.formats.json_output import answer_object, match_object, place_object, search_object, with_outdated
from retrieval.citations.freshness import OutdatedFile, outdated_files
from retrieval.dates import Period
from retrieval.engine import Engine
from retrieval.filters import matches
from retrieval.records import Answer, SearchResult

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question's answer, and the files of its quotes that are not what was indexed."""

    answer: Answer
    outdated: tuple[OutdatedFile, ...]


async def ask(collection: Collection, request: AskRequest) -> Answered:
    """Answer a question; raises what the engine raises."""
    answer = await collection.service.ask(
        request.question, request.history, top=request.top, show_weak=request.show_weak, within=request.within
    )
    answer = replace(answer, question=request.question)  # the service asks without doubled spaces
    cited = [quote.citation.article for quote in answer.quotes]
    return Answered(answer, await collection.service.run(lambda engine: outdated_files(engine.generation, cited)))


async def answer_of(collection: Collection, request: AskRequest) -> Reply:
    """Return what `quoth ask --json` prints."""
    reply = await ask(collection, request)
    return with_outdated(answer_object(reply.answer, request.id), reply.outdated)


async def match_of(collection: Collection, request: VerifyRequest) -> Reply:
    """Return what `quoth verify --json` prints."""
    match = await collection.verify(request.text, request.source)
    cited = [*(citation.article for citation in match.citations), *(ref.article for ref in match.claimed)]
    outdated = await collection.service.run(lambda engine: outdated_files(engine.generation, cited))
    return with_outdated(match_object(match), outdated)


async def search(collection: Collection, request: SearchRequest) -> SearchResult:
    """Return a page of the passages nearest to the words; raises what the engine raises."""
    return await collection.service.run(
        lambda engine: engine.search(request.words, skip=request.skip, count=request.top, within=request.within)
    )


async def search_of(collection: Collection, request: SearchRequest) -> Reply:
    """Return what `quoth search --json` prints."""
    return search_object(await search(collection, request))


async def place_of(collection: Collection, request: ShowRequest) -> Reply:
    """Return what a permalink cites; raises PermalinkInvalid, SourceChanged."""
    return place_object(await collection.replay(request.ref))


async def articles_of(collection: Collection, request: ArticlesRequest) -> Reply:
    """Return a page of the list of articles, by id."""
    return await collection.service.run(lambda engine: _articles(engine, request))


async def status_of(collection: Collection) -> Reply:
    """Return what is being answered from, without the paths of the machine."""
    return await collection.service.run(_status)


def _articles(engine: Engine, request: ArticlesRequest) -> Reply:
    generation, within = engine.generation, request.within
    rows = [row for row in range(len(generation)) if within is None or matches(within, generation.facts(row))]
    skip = (request.page - 1) * request.top
    on_page = rows[skip : skip + request.top]
    return {"first": skip + 1, "total": len(rows), "articles": [_article(engine, row) for row in on_page]}


def _article(engine: Engine, row: int) -> Reply:
    ref, facts = engine.generation.ref(row), engine.generation.facts(row)
    return {
        "article": ref.article,
        "title": ref.title,
        "url": ref.url,
        "path": facts.path,
        "source": facts.source,
        "published": _iso(facts.published) if facts.published else None,
        "language": facts.language or None,
        "tags": list(facts.tags),
    }


def _iso(days: Period) -> str:
    """Return a day, a month or a year in ISO 8601."""
    lengths = (length for length in (10, 7, 4) if days.first[:length] == days.last[:length])
    return days.first[: next(lengths, 4)]


def _status(engine: Engine) -> Reply:
    manifest = engine.generation.manifest
    return {
        "fingerprint": engine.fingerprint,
        "created": manifest.created,
        "articles": manifest.counts.articles,
        "passages": manifest.counts.passages,
        "sentences": manifest.counts.sentences,
        "model": PurePath(manifest.encoder.name).name,
        "threshold": engine.threshold,
        "calibrated": engine.calibration is not None,
        "reader": engine.reader is not None,
    }
