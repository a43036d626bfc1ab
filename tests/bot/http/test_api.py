"""The JSON API: the command line's own answers, and every mistake in one sentence."""

from __future__ import annotations

import json
import logging
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from bot.answering.opening import open_engine
from bot.http.api import LARGEST_BODY
from bot.settings import load
from tests.bot.conftest import Cli
from tests.bot.http.conftest import QUESTION, Serving
from tests.toy import HookedEngine, build_toy, open_toy, write_corpus

ELAPSED = re.compile(r'"elapsed_ms": [0-9.]+')
TRACEBACK = "Traceback"
JSON = {"Content-Type": "application/json"}


def untimed(text: str) -> str:
    """An answer without how long it took, the only thing in it that is not the same each time."""
    assert len(ELAPSED.findall(text)) == 1
    return ELAPSED.sub('"elapsed_ms": 0', text)


def ref_of(client: TestClient, question: str = QUESTION) -> str:
    """The permalink of the first quote of an answer."""
    ref: str = client.post("/ask", json={"question": question}).json()["quotes"][0]["citation"]["ref"]
    return ref


@pytest.fixture
def real(cli: Cli, index: Path, serving: Serving) -> TestClient:
    """A server over the index that the command line asks, with the same settings."""
    return serving(index, opener=lambda: open_engine(load()))


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        (["Who built the lighthouse?"], {}),
        (["Who  built the lighthuose of Porto Vell,\nplease?"], {}),
        (["Why is the sky blue?"], {}),
        (["Why is the sky blue?", "--show-weak"], {"show_weak": True}),
        (["Where are the beehives?", "--top", "1"], {"top": 1}),
        (["Who built the lighthouse?", "--since", "2023"], {"filter": {"since": "2023"}}),
        (["Who built the lighthouse?", "--since", "March 2023"], {"filter": {"since": "March 2023"}}),
        (["What did a clerk type?"], {}),
    ],
)
def test_answers_are_those_of_the_command_line_to_the_byte(
    cli: Cli, real: TestClient, arguments: list[str], fields: dict[str, Any]
) -> None:
    answered = real.post("/ask", json={"question": arguments[0], **fields})
    assert (answered.status_code, answered.headers["content-type"]) == (200, "application/json")
    assert untimed(answered.text) == untimed(cli("ask", "--json", *arguments).out)


def test_an_answer_has_the_id_and_the_history_of_its_question(cli: Cli, real: TestClient, tmp_path: Path) -> None:
    line = {"id": "7", "question": "How tall is it?", "history": ["Who built the lighthouse of Porto Vell?"]}
    (tmp_path / "questions.jsonl").write_text(json.dumps(line))
    asked = cli("ask", "--json", "--file", str(tmp_path / "questions.jsonl"))
    assert untimed(real.post("/ask", json=line).text) == untimed(asked.out)


def test_verdicts_and_passages_are_those_of_the_command_line(cli: Cli, real: TestClient) -> None:
    text = "It stands forty metres above the sea."
    checked = real.post("/verify", json={"text": text, "source": "bees"})
    assert checked.text == cli("verify", "--json", text, "--source", "bees").out
    searched = real.get("/search", params={"words": "harbour storm", "page": 2, "top": 2, "until": "2024"})
    assert searched.text == cli("search", "--json", "harbour storm", "--page", "2", "--top", "2", "--until", "2024").out


def test_a_permalink_gives_the_words_in_their_paragraph(client: TestClient) -> None:
    ref = ref_of(client)
    place = client.get(f"/quote/{quote(ref)}")
    assert place.status_code == 200
    content = place.json()
    assert content["citation"]["ref"] == ref
    assert (content["state"], content["text"] in content["before"]) == ("current", False)
    assert content["text"].startswith("Engineer Ilse Brandt had closed it in 2016")
    assert content["before"].startswith("The stone bridge")


def test_articles_are_listed_page_by_page_and_by_filter(client: TestClient) -> None:
    every = client.get("/articles").json()
    assert (every["first"], every["total"], len(every["articles"])) == (1, 6, 6)
    second = client.get("/articles", params={"page": 2, "top": 4}).json()
    assert (second["first"], second["articles"]) == (5, every["articles"][4:])
    dated = client.get("/articles", params={"since": "2019"}).json()["articles"]
    assert [article["article"] for article in dated] == ["bridge"]
    assert (dated[0]["published"], dated[0]["url"]) == ("2019-05-17", "https://courier.example/bridge")


def test_the_status_names_no_path(client: TestClient, toy: Path) -> None:
    status = client.get("/status")
    assert status.json()["articles"] == 6
    assert str(toy.parent) not in status.text


def test_a_new_build_is_answered_from(serving: Serving, tmp_path: Path) -> None:
    corpus, index = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    build_toy(corpus, index)
    client = serving(index)
    before = client.post("/ask", json={"question": "Who plays the organ?"}).json()
    (corpus / "organ.txt").write_text("The organ of Velmora is played by Tilda Maar every Sunday evening.\n")
    build_toy(corpus, index)
    after = client.post("/ask", json={"question": "Who plays the organ?"}).json()
    assert before["fingerprint"] != after["fingerprint"]
    assert after["quotes"][0]["citation"]["article"] == "organ"


def test_what_changed_since_it_was_cited_is_gone(serving: Serving, tmp_path: Path) -> None:
    corpus, index = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    build_toy(corpus, index)
    client = serving(index)
    ref = ref_of(client)
    (corpus / "bridge.md").write_text("Nothing is known of any bridge, said the council of Velmora.\n")
    assert ref_of(client).startswith("bridge@")  # the index does not know yet
    build_toy(corpus, index)
    (corpus / "bridge.md").write_text("Nothing at all is known of any bridge, said the council of Velmora.\n")
    build_toy(corpus, index)
    gone = client.get(f"/quote/{quote(ref)}")
    assert gone.status_code == 410
    assert gone.json()["detail"].startswith(f"The source of {ref} changed since it was cited")


MISTAKES: list[tuple[str, int, str]] = [
    ("", 400, 'The request is not JSON in UTF-8: send an object, such as {"question": "Who?"}.'),
    ("{", 400, 'The request is not JSON in UTF-8: send an object, such as {"question": "Who?"}.'),
    ('{"question": NaN}', 400, 'The request is not JSON in UTF-8: send an object, such as {"question": "Who?"}.'),
    ("[" * 5000, 400, 'The request is not JSON in UTF-8: send an object, such as {"question": "Who?"}.'),
    (
        "[]",
        400,
        "The request is not an object: send one with the fields question, history, top, show_weak, filter, id.",
    ),
    ("{}", 400, "The field 'question' is missing: add it, as a text."),
    ('{"question": ""}', 400, "The field 'question' is empty: give it as a text with words."),
    ('{"question": 3}', 400, "The field 'question' is not a text: give it as a text."),
    ('{"question": null}', 400, "The field 'question' is not a text: give it as a text."),
    ('{"question": "Who?", "top": "3"}', 400, "The field 'top' is not a whole number: give it as a whole number."),
    ('{"question": "Who?", "top": true}', 400, "The field 'top' is not a whole number: give it as a whole number."),
    ('{"question": "Who?", "top": 101}', 400, "The field 'top' is 101: choose from 1 to 100."),
    (
        '{"question": "Who?", "history": "Why?"}',
        400,
        "The field 'history' is no list of up to 20 texts: give one, or leave it out.",
    ),
    (
        '{"question": "Who?", "show_weak": 1}',
        400,
        "The field 'show_weak' is not true or false: give it as true or false.",
    ),
    (
        '{"question": "Who?", "id": []}',
        400,
        "The field 'id' is no text and no whole number: give one, or leave it out.",
    ),
    (
        '{"question": "Who?", "topp": 3}',
        400,
        "The field 'topp' is not known: use some of question, history, top, show_weak, filter, id.",
    ),
    ('{"question": "Who?", "filter": []}', 400, "The field 'filter' is not an object: give it as an object."),
    (
        '{"question": "Who?", "filter": {"author": "x"}}',
        400,
        "The filter 'author' is not known: use since, until, source, path, tag, language.",
    ),
    ('{"question": "Who?", "filter": {"tag": 1}}', 400, "The filter 'tag' is not a text: give it as a text."),
    (
        '{"question": "Who?", "filter": {"since": "soon"}}',
        400,
        "The date 'soon' cannot be read: write it as 2023, 2023-06, 2023-06-30 or 30 June 2023.",
    ),
    (
        '{"question": "?!"}',
        400,
        'The question has no word in it: ask with words, for example "Who signed the letter?".',
    ),
    (
        f'{{"question": "{"a" * 1001}"}}',
        400,
        "The question has 1,001 characters, and 1,000 are allowed: ask something shorter, or raise max_question in the "
        "settings.",
    ),
    (f'{{"question": "{"a" * LARGEST_BODY}"}}', 413, "The request has more than 262,144 bytes: shorten it."),
]


@pytest.mark.parametrize(("body", "status", "sentence"), MISTAKES, ids=[body[:40] for body, _, _ in MISTAKES])
def test_a_bad_question_is_one_sentence(client: TestClient, body: str, status: int, sentence: str) -> None:
    refused = client.post("/ask", content=body, headers=JSON)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert refused.json()["detail"] == sentence
    assert refused.json()["status"] == status
    assert re.fullmatch(r"[0-9a-f]{8}", refused.json()["reference"])


@pytest.mark.parametrize(
    ("method", "address", "status", "sentence"),
    [
        ("GET", "/nowhere", 404, "There is nothing at this address: see /openapi.json for those that there are."),
        ("GET", "/ask", 405, "This address does not take that method: see /openapi.json for what it takes."),
        ("OPTIONS", "/ask", 405, "This address does not take that method: see /openapi.json for what it takes."),
        ("GET", "/ask/", 404, "There is nothing at this address: see /openapi.json for those that there are."),
        ("POST", "/ask", 415, "The request is not marked as JSON: send it with `Content-Type: application/json`."),
        ("GET", "/search", 400, "The field 'words' is missing: add it, as a text."),
        ("GET", "/search?words=", 400, "The field 'words' is empty: give it as a text with words."),
        ("GET", "/search?words=a&page=0", 400, "The field 'page' is 0: choose from 1 to 100."),
        ("GET", "/search?words=a&page=x", 400, "The field 'page' is not a whole number: give it as a whole number."),
        ("GET", "/search?words=a&words=b", 400, "The field 'words' is there twice: give it once."),
        ("GET", "/search?words=a&filter=b", 400, "The field 'filter' is not an object: give it as an object."),
        (
            "GET",
            "/search?words=harbour&tag=none",
            404,
            "There is no article with the tag 'none': none has tags.",
        ),
        ("GET", "/status?x=1", 400, "The address has a question mark with something behind it: leave that out."),
        (
            "GET",
            "/quote/bridge",
            404,
            "The permalink 'bridge' is malformed: copy it whole from a citation, as ARTICLE@DIGEST12#START-END.",
        ),
        (
            "GET",
            f"/search?words={'a' * 9000}",
            414,
            "The address has more than 8,192 bytes behind its question mark: shorten it.",
        ),
    ],
)
def test_a_bad_address_is_one_sentence(
    client: TestClient, method: str, address: str, status: int, sentence: str
) -> None:
    refused = client.request(method, address)
    assert (refused.status_code, refused.json()["detail"]) == (status, sentence)


def test_a_refused_method_names_those_that_are_taken(client: TestClient) -> None:
    assert client.get("/ask").headers["allow"] == "POST"


def test_a_fault_is_a_neutral_sentence_whose_reference_the_log_has(
    serving: Serving, toy: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(question: str) -> None:
        raise RuntimeError("the secret inside")

    client = serving(opener=lambda: HookedEngine(open_toy(toy), fail))
    failed = client.post("/ask", json={"question": QUESTION})
    assert failed.status_code == 500
    assert failed.json()["detail"] == "Something went wrong on the server: whoever runs it finds the reason in its log."
    assert "secret" not in failed.text
    assert TRACEBACK not in failed.text
    assert f"reference {failed.json()['reference']}: the secret inside" in caplog.text


def test_an_index_that_is_gone_is_no_refusal(serving: Serving, toy: Path, tmp_path: Path) -> None:
    shutil.copytree(toy, tmp_path / "index")
    client = serving(tmp_path / "index")
    shutil.rmtree(tmp_path / "index")
    failed = client.post("/ask", json={"question": QUESTION})
    assert (failed.status_code, failed.json()["detail"]) == (
        503,
        "The articles cannot be searched right now: whoever runs this server finds the reason in its log.",
    )
    assert str(tmp_path) not in failed.text


def test_more_questions_than_may_wait_are_told_to_come_back(serving: Serving) -> None:
    full = serving(waiting=0).post("/ask", json={"question": QUESTION})
    assert (full.status_code, full.headers["retry-after"]) == (503, "1")
    assert full.json()["detail"] == "0 questions are waiting already: ask again in a moment."


def test_the_log_has_no_question_unless_it_is_verbose(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for client in (serving(), serving(verbose=True)):
        caplog.clear()
        client.post("/ask", json={"question": QUESTION})
        client.get("/search", params={"words": "herring season"})
        client.get("/", params={"q": "herring season"})
    assert "herring" in caplog.text
    assert QUESTION in caplog.text


def test_the_quiet_log_names_address_status_and_reference(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.http")
    client = serving()
    client.post("/ask", json={"question": QUESTION})
    client.get("/search", params={"words": "herring season"})
    lines = [record.getMessage() for record in caplog.records if record.name == "bot.http.guard"]
    assert re.fullmatch(r"192\.0\.2\.7 POST /ask 200 in \d+ ms, reference [0-9a-f]{8}", lines[0])
    assert re.fullmatch(r"192\.0\.2\.7 GET /search 200 in \d+ ms, reference [0-9a-f]{8}", lines[1])
    assert QUESTION not in caplog.text
    assert "herring" not in caplog.text
