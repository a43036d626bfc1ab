"""Questions that are an identifier."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.analysis import stem
from retrieval.answering.confidence import FEATURES, ConfidenceModel
from retrieval.answering.lookup import FOUND, HAS_KEYWORDS, MISSING, Place, looked_up, missing_codes, named, prefer
from retrieval.answering.scoring import RankedSentence, ScoredSentence
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
        ("What changed in version 3.1.0?", {"3.1.0"}),
        ("what's new in release 4.2", {"4.2"}),
        ("What do rule 4 and rule 6 say?", {"4", "6"}),
        ("rule number 5", {"5"}),
        ("what does rule five say", {"5"}),
        ("release notes 3.0.2", {"3.0.2"}),
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
        "who is number one?",
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


@pytest.mark.parametrize(
    ("question", "terms", "label"),
    [
        ("What was decided on 8 April 2025?", {"2025-04-08"}, ""),
        ("Who may disable CVE-2031-40417?", {"cve-2031-40417"}, ""),
        ("What did 3.1.0 do to the old format?", {"3.1.0"}, ""),
        ("Does rule 4 forbid spoilers, or rule 6?", {"4", "6"}, "rule"),
        ("Which lamp does step 3. replace?", {"3"}, "step"),
        ("May I post lamps under rule five?", {"5"}, "rule"),
        ("Does rule number 5 forbid lamps?", {"5"}, "rule"),
        ("Which lamps came with version 3.2?", {"3.2"}, "version"),
    ],
)
def test_a_question_in_words_names_what_it_is_about(question: str, terms: set[str], label: str) -> None:
    subject = named(question)
    assert subject is not None
    assert subject.terms == terms
    assert subject.label == label
    assert not subject.is_exact


@pytest.mark.parametrize(
    "question",
    [
        "Who won in 1953?",
        "How many of the 40 lamps were lit at 10:30?",
        "Who rules the harbour?",
        "Does rule 4 hold on page 6?",
        "What costs 2.50 a day?",
        "Who held the tower in the 10th century?",
        "Does the lamp need IPv6?",
        "What is the number one reason for lamps?",
    ],
)
def test_a_year_a_number_or_a_time_is_no_name(question: str) -> None:
    assert named(question) is None


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
    (corpus / "changes.md").write_text(
        "# Changes\n\n## 3.2.0 (2 June 2025)\n\nThe lamp turns faster. The bell was repaired.\n\n"
        "## 3.1.0 (8 April 2025)\n\nThe lamp turns slower. The rope was repaired.\n"
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
        ("what is rule 2", "Keep channels to their subject."),
        ("What changed in version 3.1.0?", "The lamp turns slower."),
        ("What changed in release 3.2.0?", "The lamp turns faster."),
        ("what's new in version 3.2", "The lamp turns faster."),
        ("release notes 3.1.0", "The lamp turns slower."),
        ("what does rule number two say?", "Keep channels to their subject."),
    ],
)
def test_the_sentence_that_has_it_comes_first(engine: Engine, question: str, quote: str) -> None:
    answer = engine.ask(question)
    assert quote in answer.quotes[0].text
    assert answer.confidence >= FOUND


@pytest.mark.parametrize(
    ("question", "quote"),
    [("storm", "A storm came on 14 January 2022."), ("museum opens", "The museum opens at 7")],
)
def test_what_has_all_keywords_is_quoted_and_trusted_little(
    engine: Engine, question: str, quote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "model", ConfidenceModel(-9.0, (0.0,) * len(FEATURES)))
    answer = engine.ask(question)
    assert answer.answered
    assert quote in answer.quotes[0].text
    assert answer.confidence == HAS_KEYWORDS


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


def test_what_stands_under_the_name_is_preferred() -> None:
    """Another sentence has to be believed three times as much."""
    subject = named("What was repaired on 8 April 2025?")
    assert subject is not None
    places = [
        Place("The bell was repaired.", "", "Changes 3.2.0 (2 June 2025)"),
        Place("The rope was repaired.", "", "Changes 3.1.0 (8 April 2025)"),
        Place("On 8 April 2025 nothing was said.", "", "Changes"),
    ]
    none = np.zeros(0, np.float32)
    for beliefs, order in (((0.7, 0.3, 0.0), [1, 0, 2]), ((0.8, 0.2, 0.0), [0, 1, 2])):
        ranked = [
            RankedSentence(ScoredSentence(row, 0, 0.0, none, none[None], none, 0.0, 0.0, is_first=False), belief)
            for row, belief in enumerate(beliefs)
        ]
        preferred = prefer(ranked, subject, places.__getitem__)
        assert [sentence.row for sentence in preferred] == order
        assert sum(sentence.belief for sentence in preferred) == pytest.approx(1.0)
        assert preferred[-1].belief == 0


def test_each_of_two_rules_is_quoted(engine: Engine) -> None:
    quotes = " ".join(quote.text for quote in engine.ask("What do rules 1 and 3 say?").quotes)
    assert "Speak kindly." in quotes
    assert "Bots need leave." in quotes


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
