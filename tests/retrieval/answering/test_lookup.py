"""Questions that are an identifier."""

from __future__ import annotations

import pytest

from retrieval.analysis import stem
from retrieval.answering.lookup import FOUND, MISSING, looked_up, missing_codes
from retrieval.engine import Engine
from tests.toy import build_toy, open_toy


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("CVE-2031-40417", {"cve-2031-40417"}),
        ("what is ERR_TIDE_0417?", {"err_tide_0417"}),
        ("ERR_TOKEN_EXPIRED", {stem("err_token_expired")}),
        ("8080", {"8080"}),
        ("What happened in 1953?", {"1953"}),
        ("What happened on 14 January 2022?", {"2022-01-14"}),
        ("what does rule 9 say", {"9"}),
        ("version 4.11", {"4.11"}),
    ],
)
def test_an_identifier_is_looked_up(question: str, terms: set[str]) -> None:
    sought = looked_up(question)
    assert sought is not None
    assert sought.terms == terms


@pytest.mark.parametrize(
    "question",
    [
        "Who won in 1953?",
        "what is 2 + 2",
        "how many days has May?",
        "why?",
        "which port does the server use?",
        "best harbour in northern Vell",
        "?!",
    ],
)
def test_a_question_in_words_is_not(question: str) -> None:
    assert looked_up(question) is None


@pytest.mark.parametrize(
    ("question", "keywords"),
    [("opening hours", {"open", "hour"}), ("Storm?", {"storm"}), ("museum seats 1953", {"museum", "seat", "1953"})],
)
def test_keywords_are_looked_up_without_insisting_on_them(question: str, keywords: set[str]) -> None:
    sought = looked_up(question)
    assert sought is not None
    assert sought.terms == keywords
    assert not sought.is_exact


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a corpus of codes and rules, which abstains below the usual confidence."""
    folder = tmp_path_factory.mktemp("lookup")
    corpus = folder / "articles"
    corpus.mkdir()
    (corpus / "codes.md").write_text(
        "# Codes\n\nPort 8080 is used by the server. Port 8081 is used by the mirror. CVE-2031-40417 lets a guest read "
        "the log. CVE-2031-40418 lets a guest write it. With `ERR_TOKEN_EXPIRED` the log is read again. "
        "A storm came on 14 January 2022.\n"
    )
    (corpus / "rules.md").write_text(
        "# Rules\n\nThe museum opens at 7 on weekdays, 404 seats, 2.1 million guests.\n\n"
        "1. Speak kindly.\n2. Keep channels to their subject.\n3. Bots need leave.\n"
    )
    build_toy(corpus, folder / "index")
    return open_toy(folder / "index")


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("8081", "Port 8081 is used by the mirror."),
        ("cve-2031-40418?", "CVE-2031-40418 lets a guest write it."),
        ("ERR_TOKEN_EXPIRED", "With `ERR_TOKEN_EXPIRED` the log is read again."),
        ("err_token_expired?", "With `ERR_TOKEN_EXPIRED` the log is read again."),
        ("What happened on 2022-01-14?", "A storm came on 14 January 2022."),
        ("storm", "A storm came on 14 January 2022."),
        ("museum opens", "The museum opens at 7"),
        ("what is rule 2", "Keep channels to their subject."),
    ],
)
def test_the_sentence_that_has_it_comes_first(engine: Engine, question: str, quote: str) -> None:
    answer = engine.ask(question)
    assert quote in answer.quotes[0].text
    assert answer.confidence >= FOUND


@pytest.mark.parametrize(
    "question",
    [
        "8082",
        "CVE-2031-40419",
        "what is rule 7?",
        "what does error 404 mean?",
        "version 2.1",
        "what does article 2 say?",
    ],
)
def test_what_no_sentence_has_is_not_trusted(engine: Engine, question: str) -> None:
    assert engine.ask(question).confidence <= MISSING


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("When did Marlow 3.17 come out?", ["3.17"]),
        ("What does CVE-2031-40419 allow?", ["CVE-2031-40419"]),
        ("who set ERR_TIDE_0418?", ["ERR_TIDE_0418"]),
        ("What colour is the L-7 lamp?", ["L-7"]),
        ("What does CVE-2031-40417 allow?", []),
        ("Does covid-19 close the museum?", []),
        ("Why is a well-known 20-year-old e-mail of 2.5 pages gone?", []),
        ("could not open /var/spool/job-17: Permission denied", []),
        ("What happened at 10:30 in 1954?", []),
    ],
)
def test_a_code_that_the_corpus_lacks_is_missing(question: str, missing: list[str]) -> None:
    known = {"cve-2031-40417"}
    assert missing_codes(question, known.__contains__, "COVID 19 closes it. Marlow 3.16 came out.") == missing
