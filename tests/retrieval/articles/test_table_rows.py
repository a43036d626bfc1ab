"""Rows of a web page's tables, whose figures stay in their columns."""

from __future__ import annotations

import pytest

from retrieval.articles.converters import read_html
from retrieval.articles.sentences import segment


def rows(table: str) -> list[str]:
    page = f"<html><head><title>T</title></head><body><article><p>The fees are here.</p>{table}</article></body></html>"
    (article,), _ = read_html(page.encode(), "a.html", "0" * 64)
    return [article.text[each.start : each.end] for each in segment(article)][1:]


HEADER = "<tr><th>Thing</th><th>Old</th><th>New</th></tr>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<tr><td>Dog<td><td>40 dollars", ["Dog |  | 40 dollars"]),
        ("<tr><td><td>Dog<td>40 dollars", ["| Dog | 40 dollars"]),
        ("<tr><td>Dog<td>40 dollars<td>&nbsp;", ["Dog | 40 dollars |"]),
        (
            "<tr><td rowspan=2>Cat<td>1<td>2<tr><td>3<td>4<tr><td>Dog<td>5<td>6",
            ["Cat | 1 | 2", "Cat | 3 | 4", "Dog | 5 | 6"],
        ),
        ("<tr><td>Cat<td rowspan=2>1<td>2<tr><td>Dog<td>4", ["Cat | 1 | 2", "Dog | 1 | 4"]),
        ("<tr><td>Cat<td>1<td rowspan=2>2<tr><td>Dog<td>4", ["Cat | 1 | 2", "Dog | 4 | 2"]),
        ("<tr><td>Cat<td colspan=2>5 dollars", ["Cat | 5 dollars | 5 dollars"]),
        ("<tr><td rowspan=0>Cat<td>1<td>2<tr><td>3<td>4", ["Cat | 1 | 2", "Cat | 3 | 4"]),
        ("<tr><td colspan=3>All animals<tr><td>Dog<td>1<td>2", ["Dog | 1 | 2"]),
        ("<tr><td rowspan=x colspan=99999999>Dog<td>1<td>2", ["Dog | 1 | 2"]),
        ("<tr><td>Dog<td style='visibility:hidden'>9<td>2", ["Dog |  | 2"]),
    ],
)
def test_each_column_keeps_its_place(body: str, expected: list[str]) -> None:
    assert rows(f"<table>{HEADER}{body}</table>") == expected


def test_a_cell_ends_with_its_part_of_the_table() -> None:
    table = f"<table><tbody>{HEADER}<tr><td rowspan=9>Cat<td>1<td>2</tbody><tbody><tr><td>Dog<td>3<td>4</tbody></table>"
    assert rows(table) == ["Cat | 1 | 2", "Dog | 3 | 4"]


def test_spans_without_end_cost_little() -> None:
    row = "<tr>" + "<td rowspan=65534 colspan=1000>x" * 50
    assert len(rows(f"<table>{row * 50}</table>")) == 50
