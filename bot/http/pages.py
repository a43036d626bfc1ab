"""The pages for browsers: search and answers, the article around a quote, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus

from jinja2 import Template
from starlette.requests import Request
from starlette.responses import Response

from bot.answering import replies
from bot.answering.collection import Collection
from bot.answering.quote_pages import quote_page
from bot.answering.requests import FILTERS, AskRequest, SearchRequest, checked
from bot.formats import quote_page as quote_pages
from bot.formats.answer_text import ABSTAINED
from bot.formats.html_pages import environment, resource
from bot.formats.visible import visible
from bot.http.problems import Problem, problem_of
from bot.http.views import AnswerView, PassagesView, address, answer_view, passages_view
from retrieval.citations.page_pictures import PagePicture
from retrieval.citations.permalink import CitedSpan, resolve
from retrieval.errors import FilterEmpty, InputInvalid, QuestionInvalid

PASSAGES = "passages"
A_PAGE = 10  # passages
STYLED_FOR = "max-age=3600"  # seconds for which a browser keeps the style


class Pages:
    """Shows one collection to browsers."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def search(self, request: Request) -> Response:
        """`GET /`: the form, and below it what was asked for."""
        fields = {name: value.strip() for name, value in request.query_params.items() if value.strip()}
        answer: AnswerView | None = None
        passages: PassagesView | None = None
        mistake: Problem | None = None
        try:
            if "q" in fields and fields.get("show") == PASSAGES:
                passages = await self._passages(fields)
            elif "q" in fields:
                answer = await self._answer(fields)
        except (QuestionInvalid, InputInvalid, FilterEmpty) as error:
            mistake = problem_of(error, "")
        status = await replies.status_of(self._collection)
        page = _template("search.html").render(
            articles=status["articles"],
            question=fields.get("q", ""),
            filters={name: fields.get(name, "") for name in FILTERS},
            answer=answer,
            passages=passages,
            mistake=mistake,
            refusal=ABSTAINED,
            ask=address(_lasting(fields)),
            search=address(_lasting(fields), show=PASSAGES),
            turned={number: address(_lasting(fields), show=PASSAGES, page=str(number)) for number in _beside(fields)},
            number=_number(fields),
        )
        return _page(page, mistake.status if mistake else HTTPStatus.OK)

    async def quote(self, request: Request) -> Response:
        """`GET /quote/{ref}`: the article with the quote marked."""
        ref, index = request.path_params["ref"], self._collection.index
        # On the service's thread, one at a time: what draws the pages of a PDF may not run twice at once.
        return _page(
            await self._collection.service.run(lambda engine: quote_page(resolve(index, ref), index, render_quote))
        )

    async def style(self, request: Request) -> Response:
        """`GET /style.css`."""
        return Response(style(), media_type="text/css", headers={"Cache-Control": STYLED_FOR})

    async def _answer(self, fields: Mapping[str, str]) -> AnswerView:
        request = await checked(AskRequest.of, {"question": fields["q"], "filter": _filter(fields)})
        answered = await replies.ask(self._collection, request)
        return await self._collection.service.run(lambda engine: answer_view(engine, answered))

    async def _passages(self, fields: Mapping[str, str]) -> PassagesView:
        request = await checked(
            SearchRequest.of,
            {"words": fields["q"], "page": _number(fields), "top": A_PAGE, "filter": _filter(fields)},
        )
        result = await replies.search(self._collection, request)
        return await self._collection.service.run(lambda engine: passages_view(engine, result))


def render_quote(span: CitedSpan, link: str | None, pictures: Sequence[PagePicture], note: str) -> str:
    """Return the page of a quote, in the server's style."""
    return _exact("quote.html").render(quote_pages.parts(span, link, pictures, note))


def problem_page(problem: Problem, reference: str) -> str:
    """Return the page of a problem."""
    return _template("problem.html").render(problem=problem, reference=reference)


@cache
def style() -> str:
    """Return the style of all pages: that of a quote's page, and what the others have besides."""
    return resource(quote_pages.__package__, "quote_page.css") + resource(__package__, "style.css")


@cache
def _template(name: str) -> Template:
    return environment(__package__, visible).get_template(name)


@cache
def _exact(name: str) -> Template:
    """Return a template that shows texts character by character."""
    return environment(__package__).get_template(name)


def _page(page: str, status: int = HTTPStatus.OK) -> Response:
    return Response(page.encode("utf-8", "backslashreplace"), status, media_type="text/html")


def _filter(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in FILTERS if name in fields}


def _lasting(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the question and its filter, which go on to other pages."""
    return {"q": fields.get("q", ""), **_filter(fields)}


def _number(fields: Mapping[str, str]) -> int:
    number = fields.get("page", "1")
    return int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 3 and int(number) else 1


def _beside(fields: Mapping[str, str]) -> tuple[int, int]:
    """Return the numbers of the pages before and after the one that is shown."""
    return _number(fields) - 1, _number(fields) + 1
