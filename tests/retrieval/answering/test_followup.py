"""Follow-ups: which questions lean on the ones before, and what is then searched for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.confidence import FEATURES, ConfidenceModel
from retrieval.answering.followup import LONGEST, Resolved, asks_why_alone, leans, resolve
from retrieval.answering.lookup import MISSING
from retrieval.answering.question import CONTEXT_WEIGHT, prepare
from retrieval.engine import Engine
from retrieval.records import Turn
from tests.toy import build_toy, open_toy, write_corpus

GOLD = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "seeds/gold.jsonl").read_text("utf-8").splitlines()
    if line
]

LEANING = """\
and what did NATO say?
why?
when was that?
who is he
Why not?
What about Albania?
How about the bees?
And in which city?
Where did she say it?
When did he say that?
How many are there?
what else did he say
What happened then?
What happened next?
What happened after that?
Did they agree?
Is it still open?
Who said so?
How so?
Since when?
Who else signed it?
Who signed it?
Tell me more.
tell me more about him
What does it cost?
How old is it?
How high is it?
How many years has he been in office?
What is its name?
Why did they do that?
why is that
where is it
By whom?
But why did they leave?
What was his answer?
Who paid for it?
Did Russia reply to that?
What did Lavrov say about this?
Was this before the summit?
And Albania?
Then what?
which one
For how long?
Who was there?
What did the minister say then?
Does he agree with the minister?
Which of them signed?
What are those?
Who wrote this?
Is that true?
When did this happen?
So who won?
more
Anything else?
Has the prime minister said anything about it?
What is wrong with it, according to him?
How do we know they are genuine?
how do we know it is genuine?
Who has an equal right to security under it?
Did Biden work on it too?
Did Lavrov and Blinken talk about it?
Did NATO and the EU talk about it?
What did Lavrov write to the EU about it?
What does Putin's spokesman say about it?
Did Moscow ignore them?
When did the minister meet her?
What did Biden tell him?
How did the Kremlin react to it?
Which treaty came before it?
Who was president before him?
Who was president in Tirana before them in May?
Was the ambassador told about it before it was published?
Was the minister at the meeting about it?
Did the minister say anything about it during the talks?
What percentage of the vote did it get?
What kind of planes did they use?
How much money did it cost?
How long did it take?
What does it mean?
Is it true?
Did it say that Russia would answer?
""".splitlines()

STANDING = """\
Who signed the letter?
What did Russia ask Albania to clarify?
When did Albania join NATO?
Who is Ukraine's ambassador to Albania?
What did Lavrov say about his letter?
How many boats did the storm cost the fleet, and what did it cost to repair them?
Did Russia say that it would withdraw its troops?
Which countries said they would answer?
What is the letter that Russia sent about?
Does NATO think it can accept the drafts?
How many troops are there near Ukraine?
Is there a museum of clocks?
Who is Lavrov?
What is NATO?
Why are the wells low?
Who winds the clocks and when does he do it?
Which article says that Russia's letter was published?
What did Putin say this week?
What did the EU do about this year's harvest?
Did the mayor sign with her own hand?
What did the US say?
What did the U.S. say?
lighthouse
Which treaty do both sides say they want to keep?
Does the EU think it can help?
Does Russia say it will attack?
Who is the man NATO says it trusts?
Did the leaked letters tell the Kremlin anything it had not heard?
Who built the bridge before it collapsed?
What did the EU decide after Russia wrote to it?
Which states fear that Russia will attack them?
Why did Russia send troops if it wants peace?
What did Stoltenberg ask Russia to do about its troops?
Who wanted Russia to help them?
Which drafts did the monk copy without reading them?
When Lavrov wrote to the ministers, what did he ask of them?
If a packet is sent, is it billable?
Who bought the lighthouse and sold it in May?
How long does it take to reach Kyiv?
What does it mean for Albania to join NATO?
Is it true that Russia wrote to Albania?
Who says it was agreed that Russia would answer?
Why can't Ukraine join NATO?
谁在信上签名
""".splitlines()

turns = st.builds(Turn, st.text(), st.lists(st.text(), max_size=2).map(tuple))


@pytest.mark.parametrize("question", LEANING)
def test_a_question_that_goes_on_leans(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize("question", STANDING)
def test_a_question_that_stands_on_its_own_does_not(question: str) -> None:
    assert not leans(question)


def test_no_gold_question_without_a_history_leans() -> None:
    assert [row["question"] for row in GOLD if not row["history"] and leans(row["question"])] == []


def test_every_gold_follow_up_is_searched_with_what_came_before() -> None:
    follow_ups = [row for row in GOLD if row["history"] and "topic-change" not in row["tags"]]
    assert any(len(row["history"]) > 1 for row in follow_ups)
    for row in follow_ups:
        resolved = resolve(row["question"], [Turn(question) for question in row["history"]])
        assert resolved.leans
        assert resolved.text == " ".join([*row["history"], row["question"]])


def test_no_gold_question_that_changes_the_topic_is_searched_with_what_came_before() -> None:
    changes = [row for row in GOLD if "topic-change" in row["tags"]]
    assert any(row["history"] for row in changes)
    for row in changes:
        resolved = resolve(row["question"], [Turn(question) for question in row["history"]])
        assert resolved == Resolved(row["question"], leans=False)


def test_it_leans_on_the_last_question_that_stood_alone_and_on_the_one_before_it() -> None:
    history = [Turn("Who is Rama?"), Turn("Who is Lavrov?"), Turn("what did he say?"), Turn("and Blinken?")]
    resolved = resolve("where was that?", history)
    assert resolved.text == "Who is Lavrov? and Blinken? where was that?"
    assert resolved.earlier == ("and Blinken?", "what did he say?", "Who is Lavrov?")


def test_who_and_why_are_searched_with_the_words_quoted_last() -> None:
    history = [Turn("Who signed the letter?", ("Lavrov signed it.", "So did others."))]
    resolved = resolve("who is he", history)
    assert (resolved.text, resolved.beyond) == ("Who signed the letter? Lavrov signed it. who is he", True)
    assert resolved.text[resolved.context :] == " who is he"
    for question in ("when was that?", "who is he to Blinken?"):
        assert resolve(question, history).text == f"Who signed the letter? {question}"
        assert not resolve(question, history).beyond


def test_a_turn_whose_question_is_not_to_be_repeated_is_leant_on_by_its_first_quote() -> None:
    history = [Turn("Who is Rama?"), Turn("", ("Lavrov signed it.", "So did others."))]
    for question in ("and when?", "why?"):
        assert resolve(question, history).text == f"Lavrov signed it. {question}"
    assert resolve("why?", history).beyond
    assert resolve("where?", [*history, Turn("and why?")]).text == "Lavrov signed it. and why? where?"
    assert resolve("and when?", [Turn("")]).text == "and when?"


@pytest.mark.parametrize("question", ["Why?", "why not", "And why did she do that?", "How come?", "what for?"])
def test_a_reason_alone_is_asked_for(question: str) -> None:
    assert leans(question)
    assert asks_why_alone(question)


@pytest.mark.parametrize("question", ["Why did the museum close?", "Who did that?", "How?", "come why may"])
def test_more_than_a_reason_is_asked_for(question: str) -> None:
    assert not asks_why_alone(question)


def test_what_a_terminal_would_obey_is_not_handed_on() -> None:
    history = [Turn("Who typed\x1b[31m it?", ("A \u202eclerk\r\ntyped.",))]
    assert resolve("why?", history).text == "Who typed [31m it? A clerk typed. why?"


def test_without_quotes_nothing_is_left_out() -> None:
    assert not resolve("why?", [Turn("Who signed the letter?")]).beyond


@given(st.text(), st.lists(turns, max_size=4))
def test_the_question_stands_whole_at_the_end(question: str, history: list[Turn]) -> None:
    resolved = resolve(question, history)
    assert resolved.text.endswith(question)
    assert resolved.leans == (bool(history) and leans(question))
    assert len(resolved.text) <= LONGEST + 1 + len(question)
    if resolved.context:
        assert resolved.text[resolved.context :] == f" {question}"
    else:
        assert resolved.text == question


@given(st.text())
def test_a_first_question_is_searched_as_it_is(question: str) -> None:
    assert resolve(question, ()).text == question


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over the toy corpus."""
    folder = tmp_path_factory.mktemp("followup")
    build_toy(write_corpus(folder / "articles"), folder / "index")
    return open_toy(folder / "index")


def test_a_first_question_counts_whole(engine: Engine) -> None:
    assert set(engine.prepare("Who built the oldest clock?").weights.tolist()) == {1.0}


def test_the_answer_says_what_was_searched(engine: Engine) -> None:
    answer = engine.ask("and who was the monk?", [Turn("Who built the oldest clock in 1540?")])
    assert answer.question == "and who was the monk?"
    assert answer.searched == "Who built the oldest clock in 1540? and who was the monk?"
    assert answer.quotes[0].text.startswith("The oldest clock was built by a monk in 1540.")


def test_a_misspelt_earlier_question_is_set_right_and_its_words_still_count_less(engine: Engine) -> None:
    text = "Who built the strongst? and when"
    prepared = prepare(text, engine.encoder, engine.generation.passage_terms, lambda word, edits: None, context=23)
    own = prepared.tokens.offsets[:, 0] >= prepared.context
    assert prepared.text[prepared.context :] == " and when"
    before = [CONTEXT_WEIGHT * weight for weight in prepared.weights[own][:1].tolist()]
    assert prepared.weights[~own].tolist() == pytest.approx(before * int((~own).sum()))
    assert float(prepared.weights.mean()) == pytest.approx(1.0)


def test_why_is_not_answered_with_what_was_just_quoted(engine: Engine) -> None:
    first = engine.ask("Who winds the clocks?", top=1)
    again = engine.ask("why?", [Turn(first.question, (first.quotes[0].text,))])
    assert again.searched == f"Who winds the clocks? {' '.join(first.quotes[0].text.split())} why?"
    assert first.quotes[0].text not in [quote.text for quote in again.quotes]


def test_a_quote_is_searched_for_in_its_words_without_marks() -> None:
    quote = "The **board** closed the [old bridge](https://a.example/bridge) by `rope`."
    plain = "The board closed the old bridge by rope."
    assert resolve("why?", [Turn("Who closed it?", (quote,))]).text == f"Who closed it? {plain} why?"
    assert resolve("and when?", [Turn("", (quote,))]).text == f"{plain} and when?"


def over(folder: Path, text: str) -> Engine:
    """An engine over a single article, which is sure of all that it finds."""
    (folder / "articles").mkdir()
    (folder / "articles" / "workshop.md").write_text(text)
    build_toy(folder / "articles", folder / "index")
    engine = open_toy(folder / "index")
    engine.model = ConfidenceModel(3.0, (0.0,) * len(FEATURES))
    return engine


def test_why_is_answered_with_what_was_just_quoted_where_that_gives_the_reason(tmp_path: Path) -> None:
    engine = over(
        tmp_path, "Painted wood is not allowed, since its dust is harmful.\n\nGuests pay eight crowns a day.\n"
    )
    first = engine.ask("Is painted wood allowed?", top=1)
    again = engine.ask("why?", [Turn(first.question, (first.quotes[0].text,))])
    assert again.answered
    assert again.quotes[0].text == "Painted wood is not allowed, since its dust is harmful."


def test_why_is_not_answered_with_a_quote_that_says_since_when(tmp_path: Path) -> None:
    rule = "Drivers of lorries must not use the east gate of the harbour, as has been usual there since the spring."
    reason = "The rule was made because two children were hurt."
    engine = over(tmp_path, f"{rule} {reason}\n")
    again = engine.ask("why?", [Turn("May lorries use the east gate of the harbour?", (rule,))])
    assert [quote.text for quote in again.quotes][:1] == [reason]
    assert again.confidence > MISSING


def test_why_is_not_answered_by_what_gives_no_reason(tmp_path: Path) -> None:
    engine = over(tmp_path, "Guests pay eight crowns a day.\n\nMembers meet on Mondays in the cellar.\n")
    turns = [Turn("What do guests pay?", ("Guests pay eight crowns a day.",))]
    assert engine.ask("and when?", turns).confidence > MISSING
    for question in ("why?", "and why is that?", "how come?"):
        assert engine.ask(question, turns).confidence == MISSING
