"""No text of Markdown takes more than its length to read."""

from __future__ import annotations

import pytest

from retrieval.articles.fragments import element_ends
from retrieval.articles.marks import is_only_links, plain, without_comments, without_marks
from retrieval.articles.mdx import moved_left
from retrieval.articles.unseen import visible_markdown
from retrieval.readable import readable
from tests.patience import patience

LENGTH = 500_000
UNITS = (
    "<!-- ", "{/* ", "a <!-- b\n", "%% ", "%%a ", "[", "![", "{% ", "{{ ", "![a](", "](a (", "`", "`a``b", "~~",
    "a\n```\n~~~\n", "```\n", ":::\n", '<a "', "<a \"'", "<a {",
    "<? ", "<?\n\n", "a <? ", "<![CDATA[ ", "a <!A ",
    "<style>", "<style></style><a>",
    "{<a }", "{", "{'", "{ a\n", "<a>\n", "<a>\n  b\n", "export {\n\n", "import a,\n", "<A title='",
    "<details>\n<summary>", "$\\", "<td>", "<a x='y'>", "</a>",
    "<s>", "<s>*/><a ", "<b hidden>", "</b>", "<script>", "<title>\n", "~a. ", "\n", "[a][", "[[a]",
)  # fmt: skip
"""What begins a mark, over and over, and never ends it."""


@pytest.mark.parametrize("unit", UNITS)
def test_marks_that_never_end_are_read_in_time(unit: str) -> None:
    text = "*" + unit * (LENGTH // len(unit))
    with patience():
        visible_markdown(text, 0)
        visible_markdown(text, 0, mdx=True)
        moved_left(text)
        element_ends(text, 0)
        without_marks(text)
        is_only_links(text)
        plain(text)
        readable(text, "a.md")


def test_fences_that_never_close_are_read_in_time() -> None:
    with patience():
        without_comments("\n".join("`" * length for length in range(1000, 3, -1)))


def test_a_fence_is_closed_by_the_first_one_as_long() -> None:
    for fenced in (
        "```\n<!-- a\n```",
        "````\n```\n<!-- a -->\n````",
        "```\r\n<!-- a -->\r\n```\r\n",
        "````\n<!-- a -->\n```",
    ):
        blank = without_comments(f"{fenced}\n<!-- b -->c").replace("\xa0", " ")
        assert blank == f"{fenced}\n          c"
