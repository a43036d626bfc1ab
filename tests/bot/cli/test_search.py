"""`quoth search`: ranked passages, page by page."""

from __future__ import annotations

import json

from tests.bot.conftest import BEES, ECHO, HARBOUR, HOSTILE, Cli

TEXTS = {"harbour": HARBOUR, "bees": BEES, "echo": ECHO, "hostile": HOSTILE}
LATIN = "The café opens at noon on Sundays in the old customs house."


def test_passages_are_shown_whole_with_their_citations(cli: Cli) -> None:
    ran = cli("search", "honey", "of", "the", "school", "--top", "1")
    lines = ran.out.splitlines()
    assert (ran.status, ran.err, lines[-1]) == (0, "", "Passages 1 to 1 of 5")
    assert lines[0] == f" 1 │ {BEES.split('---')[2].strip()}"
    assert lines[1].startswith("     Bees on the roof · ¶ 1 · bees@")


def test_pages_are_slices_of_one_order(cli: Cli) -> None:
    def refs(*options: str) -> list[str]:
        page = json.loads(cli("search", "lighthouse", "--json", *options).out)
        for passage in page["passages"]:
            cited = passage["citation"]
            text = TEXTS.get(cited["article"], LATIN)
            assert text[cited["start"] : cited["end"]] == passage["text"]
        return [passage["citation"]["ref"] for passage in page["passages"]]

    every = refs()
    assert len(every) == 5
    assert [refs("--top", "2", "--page", page) for page in ("1", "2", "3")] == [every[:2], every[2:4], every[4:]]
    past = cli("search", "lighthouse", "--page", "2")
    assert (past.status, past.out) == (1, "There is no page 2: the 5 passages nearest to these words end on page 1.\n")


def test_a_filter_and_a_correction_are_named(cli: Cli) -> None:
    ran = cli("search", "lighthuose", "--source", "Coast Gazette")
    assert ran.out.startswith(
        "Searched for: lighthouse\nFilter: source: Coast Gazette (1 article)\n\n 1 │ The lighthouse"
    )
    assert ran.out.endswith("Passages 1 to 1 of 1\n")
    found = json.loads(cli("search", "lighthuose", "--source", "Coast Gazette", "--json").out)
    assert list(found) == ["words", "searched", "first", "total", "passages", "filter"]
    assert (found["words"], found["searched"], found["first"], found["total"]) == ("lighthuose", "lighthouse", 1, 1)
    assert found["filter"] == {"source": "Coast Gazette", "articles": 1}
    assert found["passages"][0]["citation"]["published"] == "2023-05-04"


def test_words_have_to_be_named(cli: Cli) -> None:
    ran = cli("search")
    missing = "quoth: The words to search for are missing: name them, as in quoth search harbour fees.\n"
    assert (ran.status, ran.out, ran.err) == (2, "", missing)
    assert cli("search", "?!").status == 2
    refused = cli("search", "boats", "--page", "0")
    assert (refused.status, refused.err.startswith("quoth: Invalid value for '--page'")) == (2, True)
