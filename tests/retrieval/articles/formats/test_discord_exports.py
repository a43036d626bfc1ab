"""DiscordChatExporter's JSON: who wrote what, when, and where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from retrieval.citations.permalink import resolve
from tests.retrieval.articles.formats.reading import DIGEST, articles, complaint, only, outcome, place, quotable
from tests.toy import build_toy, open_toy

GUILD = {"id": "100", "name": "Velmora Harbour", "iconUrl": "https://cdn.example/x.png"}
CHANNEL = {"id": "200", "type": "GuildTextChat", "categoryId": "1", "category": "Crew", "name": "gate", "topic": None}
ADA = {"id": "7", "name": "ada", "discriminator": "0000", "nickname": "Ada Brandt", "isBot": False, "roles": []}
BO: dict[str, Any] = {"id": "8", "name": "bo", "discriminator": "0000", "nickname": None, "isBot": False, "roles": []}
BOT = {"id": "9", "name": "quoth", "discriminator": "0001", "nickname": "quoth", "isBot": True, "roles": []}


def message(id_: str, author: dict[str, Any], content: str, **fields: Any) -> dict[str, Any]:
    fixed = {"id": id_, "type": "Default", "timestamp": "2024-03-01T09:30:15.123+01:00", "author": author}
    rest = {"content": content, "attachments": [], "embeds": [], "reactions": [], "mentions": []}
    return {**fixed, **rest, **fields}


MESSAGES = [
    message("1", BO, "How do I open the gate when the lamp is red?"),
    message("2", ADA, "<@8> Press the **green** button for five seconds <:lamp:12>.\n- Wait\n- Then push the gate.",
            type="Reply", reference={"messageId": "1", "channelId": "200", "guildId": "100"}, mentions=[BO]),
    message("3", BOT, "The bot says that the gate is closed."),
    message("4", ADA, "Pinned a message.", type="ChannelPinnedMessage"),
    message("5", BO, "", attachments=[{"id": "1", "url": "https://cdn.example/x.png", "fileName": "x.png"}]),
    message("6", ADA, "The gate closes at dusk <t:1709314200:t>, ||even in July||. <b>Mind it.</b>",
            timestamp="2024-03-02T18:00:00+01:00"),
]  # fmt: skip


def export(messages: object = MESSAGES, channel: object = CHANNEL, guild: object = GUILD) -> str:
    date_range = {"after": None, "before": None}
    return json.dumps({"guild": guild, "channel": channel, "dateRange": date_range, "messages": messages})


def test_a_channel_is_an_article_a_day() -> None:
    first, second = articles("chat/gate.json", export())
    assert [first.id, second.id] == ["chat/gate/gate 2024-03-01", "chat/gate/gate 2024-03-02"]
    assert (first.title, first.published, first.source) == ("#gate, 2024-03-01", "2024-03-01", "Velmora Harbour")
    assert not any(words in first.text for words in ("bot says", "Pinned", "cdn.example"))


def test_a_message_stands_under_its_author_and_what_it_replies_to() -> None:
    first, second = articles("gate.json", export())
    under = (
        "Ada Brandt, 2024-03-01 09:30",
        "In reply to bo: How do I open the gate when the lamp is red?",
    )
    assert (*under, "@bo Press the green button for five seconds :lamp:.") in quotable(first)
    assert (*under, "Then push the gate.") in [(*row[:2], row[-1]) for row in quotable(first)]
    assert quotable(second)[0][-1] == "The gate closes at dusk 2024-03-01 17:30 UTC, even in July."
    assert "<b>Mind it.</b>" in second.text


def test_each_message_is_cited_by_its_link() -> None:
    first, second = articles("gate.json", export())
    assert first.url == "https://discord.com/channels/100/200"
    for article, words, id_ in ((first, "How do I", 1), (first, "Then push", 2), (second, "The gate", 6)):
        link = f"https://discord.com/channels/100/200/{id_}"
        assert place(article, words) == (None, link)


def test_a_thread_is_an_article() -> None:
    thread = {"id": "300", "type": "GuildPublicThread", "category": "gate", "name": "Gate stuck again"}
    article = only("gate-stuck.json", export(channel=thread))
    facts = (article.id, article.title, article.source, article.published, article.sha256)
    assert facts == ("gate-stuck", "Gate stuck again", "Velmora Harbour, #gate", "2024-03-01", DIGEST)


def test_more_messages_leave_the_days_before_as_they_are() -> None:
    longer = export([*MESSAGES, message("9", BO, "It is open again.", timestamp="2024-03-03T08:00:00+01:00")])
    assert articles("gate.json", longer)[:2] == articles("gate.json", export())


def test_other_json_is_of_a_format_that_is_not_read() -> None:
    for text in ("{}", "[]", "{", "7", '{"guild": 1}'):
        _, (warn,) = outcome("a/package.json", text)
        assert (warn.reason, warn.unread) == ("is of a format that is not read (.json)", ".json")


def test_hostile_exports() -> None:
    assert complaint("a.json", "[" * 100_000) == "is nested too deep to be read whole"
    assert complaint("a.json", export(messages="x")) == "is no export of a Discord channel"
    broken = [{"type": "Default"}, 7, {"type": "Default", "content": ["x"], "author": 3, "mentions": [5]}]
    assert complaint("a.json", export(broken)) == "has no text"
    evil = {"id": "100/../evil", "name": "x"}
    article = only("a.json", export([message("1", ADA, "The gate is open.", mentions=[{"id": ".*"}])], guild=evil))
    assert place(article, "The gate") == (None, None)


def test_a_message_stays_cited_while_its_channel_goes_on(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    (corpus / "gate.json").write_text(export())
    build_toy(corpus, index)
    answer = open_toy(index).ask("Press the green button")
    ref = answer.quotes[0].citation.ref
    assert resolve(index, ref).state == "current"
    later = message("9", BO, "It is open again now.", timestamp="2024-03-03T08:00:00+01:00")
    (corpus / "gate.json").write_text(export([*MESSAGES, later]))
    assert resolve(index, ref).state == "current"
    build_toy(corpus, index)
    span = resolve(index, ref)
    assert (span.state, span.text) == ("current", answer.quotes[0].text)
    assert span.citation.url == "https://discord.com/channels/100/200/2"
