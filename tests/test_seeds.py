"""The default corpus and its gold questions keep their promises."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ARTICLES = ROOT / "seeds" / "articles"
GOLD = ROOT / "seeds" / "gold.jsonl"
ORIGINALS = ROOT / "tests" / "benchmarks" / "originals.jsonl"
SOURCES = Path(__file__).resolve().parents[2] / "shared" / "seeds"

RUN = 8  # consecutive words that no article may share with a source
MIN_WORDS, MAX_WORDS = 500, 900
KINDS = {"who", "when", "where", "what", "why", "how-many", "how"}
STYLES = {"plain", "reworded", "paraphrase"}
TOPICS = {"on-topic", "off-topic"}
PAIR = re.compile(r"pair:\d\d")
MOST_WORDS = 6  # from a publisher's text in an answer

# Official names, whose words an article may repeat.
OFFICIAL_NAMES: frozenset[str] = frozenset()

COMMON_WORDS = """
    a about after all an and any are as at be been before by can could did do does for from had has have he
    her his how i if in is it its just many me much my not of on one or she should so that the their them
    there they this to was were what when where which who whom whose why will with would you
"""
STOP_WORDS = frozenset(COMMON_WORDS.split())


def split_article(text: str) -> tuple[str, str]:
    """Return an article's front matter and body."""
    assert text.startswith("---\n"), "an article starts with front matter"
    front, mark, body = text[4:].partition("\n---\n")
    assert mark, "the front matter is closed"
    return front, body


def words(text: str) -> list[str]:
    """Return lower-case word tokens, with plain apostrophes."""
    return re.findall(r"[\w']+", text.lower().replace("\u2019", "'"))


def runs(tokens: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(tokens[i : i + length]) for i in range(len(tokens) - length + 1)}


def shared_runs(text: str, source: str, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Return runs of RUN words that occur in both texts and are not part of an allowed name."""
    common = runs(words(text), RUN) & runs(words(source), RUN)
    names = [f" {' '.join(words(name))} " for name in allowed]
    joined = [" ".join(run) for run in common]
    return sorted(run for run in joined if not any(f" {run} " in name for name in names))


def content_words(text: str) -> set[str]:
    """Return lower-case alphanumeric tokens without stop words; a possessive counts as its noun."""
    plain = re.sub(r"['\u2019]s\b|['\u2019]", "", text.lower())
    return {token for token in re.findall(r"[^\W_]+", plain) if token not in STOP_WORDS}


def shares_few_words(question: str, quote: str) -> bool:
    question_words = content_words(question)
    return bool(question_words) and 3 * len(question_words & content_words(quote)) <= len(question_words)


def load_articles() -> dict[str, str]:
    return {path.stem: path.read_bytes().decode("utf-8") for path in sorted(ARTICLES.glob("*.md"))}


def load_gold(path: Path) -> list[dict[str, Any]]:
    lines = path.read_bytes().decode("utf-8").splitlines()
    return [json.loads(line) for line in lines]


TEXTS = load_articles()
ROWS = load_gold(GOLD)
ORIGINAL_ROWS = load_gold(ORIGINALS)
ANSWERABLE = [row for row in ROWS if row["answerable"]]
UNANSWERABLE = [row for row in ROWS if not row["answerable"]]
ALONE = [row for row in ANSWERABLE if not row["history"] and "full" not in row["tags"]]


def tagged(rows: list[dict[str, Any]], tag: str) -> list[dict[str, Any]]:
    return [row for row in rows if tag in row["tags"]]


def by_pair(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows with a pair's tag, by tag."""
    pairs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        for tag in filter(PAIR.fullmatch, row["tags"]):
            pairs[tag].append(row)
    return pairs


def test_there_are_five_articles() -> None:
    assert len(TEXTS) == 5


@pytest.mark.parametrize("stem", sorted(TEXTS))
def test_article_front_matter(stem: str) -> None:
    front, _ = split_article(TEXTS[stem])
    meta = yaml.safe_load(front)
    assert set(meta) == {"id", "title", "source", "published"}
    assert meta["id"] == stem
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", stem)
    assert isinstance(meta["title"], str)
    assert meta["title"].strip()
    assert set(meta["source"]) == {"publisher", "headline"}
    assert all(isinstance(value, str) and value.strip() for value in meta["source"].values())
    assert words(meta["title"]) != words(meta["source"]["headline"]), "the title is our own"
    assert type(meta["published"]) is datetime.date


@pytest.mark.parametrize("stem", sorted(TEXTS))
def test_article_length_and_form(stem: str) -> None:
    _, body = split_article(TEXTS[stem])
    assert MIN_WORDS <= len(body.split()) <= MAX_WORDS
    assert "\r" not in TEXTS[stem]
    assert TEXTS[stem].endswith("\n")
    assert not TEXTS[stem].endswith("\n\n")
    blocks = [block for block in body.strip().split("\n\n") if not block.startswith("## ")]
    assert len(blocks) >= 5, "prose in paragraphs"
    assert all(block.rstrip('"').endswith((".", "?", "!")) for block in blocks)


@pytest.mark.parametrize("stem", sorted(TEXTS))
def test_article_is_in_our_own_words(stem: str) -> None:
    if not SOURCES.is_dir():
        pytest.skip("the source documents are not beside this checkout: overlap was not checked")
    sources = sorted(SOURCES.glob("*.txt"))
    assert len(sources) == 5
    front, body = split_article(TEXTS[stem])
    ours = f"{yaml.safe_load(front)['title']}\n\n{body}"
    for source in sources:
        assert shared_runs(ours, source.read_text(encoding="utf-8"), OFFICIAL_NAMES) == [], source.name


def test_headlines_are_those_of_the_sources() -> None:
    if not SOURCES.is_dir():
        pytest.skip("the source documents are not beside this checkout: headlines were not checked")
    sources = [words(path.read_text(encoding="utf-8")) for path in sorted(SOURCES.glob("*.txt"))]
    seen: Counter[int] = Counter()
    for text in TEXTS.values():
        headline = words(yaml.safe_load(split_article(text)[0])["source"]["headline"])
        seen.update(i for i, source in enumerate(sources) if tuple(headline) in runs(source, len(headline)))
    assert seen == Counter(range(5)), "each source is reported on by one article"


def test_overlap_check_can_fail() -> None:
    source = "The Treaty on the Use of Long and Rather Official Names was signed by nobody at all."
    copied = "It said: the treaty on the use of long and RATHER official names."
    assert "the treaty on the use of long and" in shared_runs(copied, source)
    name = frozenset({"The Treaty on the Use of Long and Rather Official Names"})
    assert shared_runs(copied, source, name) == []
    assert shared_runs(copied + " " + source, source, name) != []
    assert shared_runs("the treaty on the use of long", source) == []
    curly = "the king\u2019s men were seen to ride out west"
    assert shared_runs(curly, "The king's men were seen to ride out!")


def test_paraphrase_check_can_fail() -> None:
    quote = "The harbour was closed by the mayor in 1950."
    assert not shares_few_words("When was the harbour closed?", quote)
    assert not shares_few_words("Which harbour did he close?", quote)
    assert shares_few_words("In which year did ships stop calling at the harbour?", quote)
    assert not shares_few_words("Who was it?", quote), "a question without content words is no paraphrase"


def test_gold_rows_have_the_agreed_shape() -> None:
    for row in ROWS:
        assert set(row) == {"id", "question", "history", "answerable", "gold", "tags"}, row["id"]
        assert row["question"] == row["question"].strip() != "", row["id"]
        assert all(isinstance(earlier, str) and earlier for earlier in row["history"]), row["id"]
        assert row["answerable"] is bool(row["gold"]), row["id"]
        assert len(KINDS & set(row["tags"])) == 1, row["id"]
        assert ("follow-up" in row["tags"]) is bool(row["history"]), row["id"]
        style = STYLES if row["answerable"] else TOPICS
        assert len(style & set(row["tags"])) == 1, row["id"]
        unpaired = {tag for tag in row["tags"] if not PAIR.fullmatch(tag)}
        assert unpaired <= KINDS | style | {"typo", "follow-up", "full", "topic-change"}, row["id"]
        assert len(set(row["tags"])) == len(row["tags"]), row["id"]


def test_every_follow_up_has_a_twin_written_in_full() -> None:
    pairs = by_pair(ROWS)
    for tag, rows in pairs.items():
        follow_up, full = sorted(rows, key=lambda row: not row["history"])
        assert follow_up["history"], tag
        assert "full" not in follow_up["tags"], tag
        assert not full["history"], tag
        assert "full" in full["tags"], tag
        assert follow_up["gold"] == full["gold"], tag
        assert set(follow_up["tags"]) - {"follow-up"} == set(full["tags"]) - {"full"}, tag
        assert (follow_up["question"] == full["question"]) is ("topic-change" in full["tags"]), tag
    in_pairs = Counter(row["id"] for rows in pairs.values() for row in rows)
    assert in_pairs == Counter(row["id"] for row in tagged(ROWS, "follow-up") + tagged(ROWS, "full"))


def test_follow_ups_cover_every_article_and_longer_conversations() -> None:
    follow_ups = tagged(ANSWERABLE, "follow-up")
    assert len(follow_ups) >= 24
    questions_of = Counter(stem for row in follow_ups for stem in {gold["article"] for gold in row["gold"]})
    assert {stem: questions_of[stem] for stem in TEXTS if questions_of[stem] < 3} == {}
    assert sum(len(row["history"]) > 1 for row in follow_ups) >= 5
    assert len(tagged(follow_ups, "topic-change")) >= 3


def test_gold_ids_and_questions_are_unique() -> None:
    ids = Counter(row["id"] for row in ROWS)
    assert [key for key, count in ids.items() if count > 1] == []
    turns = Counter((*row["history"], row["question"]) for row in ROWS)
    assert [key for key, count in turns.items() if count > 1] == []


@pytest.mark.parametrize("row", ANSWERABLE, ids=[row["id"] for row in ANSWERABLE])
def test_gold_quotes_are_slices_of_the_body(row: dict[str, Any]) -> None:
    places = [(gold["article"], gold["start"], gold["end"]) for gold in row["gold"]]
    assert len(set(places)) == len(places)
    for gold in row["gold"]:
        assert set(gold) == {"article", "start", "end", "quote", "answer"}
        assert gold["article"] in TEXTS
        text = TEXTS[gold["article"]]
        body_start = len(text) - len(split_article(text)[1])
        assert body_start <= gold["start"] < gold["end"] <= len(text)
        assert text[gold["start"] : gold["end"]] == gold["quote"]
        assert text.count(gold["quote"]) == 1
        assert gold["answer"]
        assert gold["answer"] in gold["quote"]


@pytest.mark.parametrize("row", ANSWERABLE, ids=[row["id"] for row in ANSWERABLE])
def test_gold_quotes_are_whole_sentences(row: dict[str, Any]) -> None:
    for gold in row["gold"]:
        text, quote = TEXTS[gold["article"]], gold["quote"]
        assert "\n" not in quote
        assert not quote.startswith("#")
        assert quote.rstrip('"').endswith((".", "?", "!"))
        assert 1 <= len(re.findall(r'[.?!]"?(?= |$)', quote)) <= 2, "one sentence, or two"
        before = text[: gold["start"]]
        assert before.endswith("\n") or re.search(r'[.?!]"? $', before)
        assert text[gold["end"]] in " \n"


def test_enough_questions() -> None:
    assert len(ALONE) >= 110
    assert len(UNANSWERABLE) >= 80
    assert len(tagged(ANSWERABLE, "typo")) >= 5
    assert {kind for kind in KINDS if tagged(ALONE, kind)} == KINDS


def test_every_article_has_enough_questions() -> None:
    questions_of = Counter(stem for row in ALONE for stem in {gold["article"] for gold in row["gold"]})
    assert {stem: questions_of[stem] for stem in TEXTS if questions_of[stem] < 10} == {}


def test_enough_paraphrases() -> None:
    assert 3 * len(tagged(ALONE, "paraphrase")) >= len(ALONE)


@pytest.mark.parametrize(
    "row", tagged(ANSWERABLE, "paraphrase"), ids=[row["id"] for row in tagged(ANSWERABLE, "paraphrase")]
)
def test_paraphrases_share_few_words_with_the_answer(row: dict[str, Any]) -> None:
    for gold in row["gold"]:
        shared = content_words(row["question"]) & content_words(gold["quote"])
        assert shares_few_words(row["question"], gold["quote"]), sorted(shared)


def test_half_of_the_unanswerable_are_on_topic() -> None:
    assert 2 * len(tagged(UNANSWERABLE, "on-topic")) >= len(UNANSWERABLE)
    assert tagged(UNANSWERABLE, "off-topic")


def test_questions_over_the_originals_have_the_agreed_shape() -> None:
    for number, row in enumerate(ORIGINAL_ROWS, start=1):
        assert set(row) == {"id", "question", "answerable", "gold", "tags"}, row["id"]
        assert row["id"] == f"o{number:03}"
        assert row["question"] == row["question"].strip() != "", row["id"]
        assert row["answerable"] is bool(row["gold"]), row["id"]
        style = STYLES if row["answerable"] else TOPICS
        assert len(style & set(row["tags"])) == len(KINDS & set(row["tags"])) == 1, row["id"]
        assert set(row["tags"]) <= KINDS | style | {"typo"}, row["id"]
    assert len({row["question"] for row in ORIGINAL_ROWS}) == len(ORIGINAL_ROWS)


def test_questions_over_the_originals_repeat_no_sentence_of_theirs() -> None:
    for row in ORIGINAL_ROWS:
        for gold in row["gold"]:
            assert set(gold) == {"article", "start", "end", "answer"}, row["id"]
            assert 1 <= len(gold["answer"].split()) <= MOST_WORDS, row["id"]
    if not SOURCES.is_dir():
        pytest.skip("the source documents are not beside this checkout: questions were not compared with them")
    questions = "\n".join(row["question"] for row in ORIGINAL_ROWS)
    for source in sorted(SOURCES.glob("*.txt")):
        assert shared_runs(questions, source.read_text(encoding="utf-8")) == [], source.name


def test_answers_over_the_originals_stand_in_their_sentences() -> None:
    if not SOURCES.is_dir():
        pytest.skip("the source documents are not beside this checkout: answers were not looked up")
    texts = {path.stem: path.read_bytes().decode("utf-8") for path in SOURCES.glob("*.txt")}
    for row in ORIGINAL_ROWS:
        places = [(gold["article"], gold["start"], gold["end"]) for gold in row["gold"]]
        assert len(set(places)) == len(places), row["id"]
        for gold in row["gold"]:
            sentence = texts[gold["article"]][gold["start"] : gold["end"]]
            assert 0 <= gold["start"] < gold["end"] <= len(texts[gold["article"]]), row["id"]
            assert sentence == sentence.strip(), row["id"]
            assert gold["answer"] in sentence, row["id"]
