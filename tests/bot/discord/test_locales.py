"""Each reader's own language: in commands, in private replies, in community servers, and in messages found again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.chat_log.store import Mark
from bot.discord.corpus_follower import noted, noted_part
from bot.discord.outgoing.components import answer_layout
from bot.discord.outgoing.messages import answer_pages, without_context
from bot.languages.catalogue import Language, catalogues
from retrieval.records import Answer
from tests.bot.discord.conftest import Scene, Stage
from tests.bot.discord.outgoing.test_components import answer_of, quote
from tests.bot.discord.test_private import SECRET, recorded
from tests.bot.discord.test_retraction import FOLLOW_UP, WORD, until_retracted
from tests.discord_server import Channel

LANGUAGES = ["en", *sorted(catalogues())]
CLOCKS = "How many clocks does the clock museum keep?"
NOWHERE = "Which zebra composed symphonies in Antarctica?"


def french(scene: Scene) -> Channel:
    """A channel of a French community server."""
    return scene.server.text_channel(scene.server.guild("bibliothèque", locale="fr", features=("COMMUNITY",)))


async def registered(scene: Scene, name: str) -> dict[str, Any]:
    """A command as Discord lists it."""
    await scene.server.registered(name)
    return next(each for each in scene.server.backend.commands.all(None) if each["name"] == name)


async def replied(scene: Scene, name: str, locale: str, **options: Any) -> str:
    """What Ann reads who uses a command in a language."""
    await scene.server.registered(name)
    scene.ann.locale = locale
    return (await (await scene.server.slash(scene.ann, scene.channel, name, **options)).response()).content


def test_commands_are_registered_in_every_language(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            ask, menu = await registered(scene, "ask"), await registered(scene, "Find a quote")
            assert ask["name_localizations"] == {
                "de": "fragen", "fr": "demander", "es-ES": "preguntar", "es-419": "preguntar",
            }  # fmt: skip
            assert ask["description_localizations"]["fr"].startswith("Pose une question")
            question = ask["options"][0]
            assert (question["name"], question["name_localizations"]["de"]) == ("question", "frage")
            assert menu["name_localizations"]["de"] == "Zitat finden"
            config = await registered(scene, "config")
            silence = next(each for each in config["options"] if each["name"] == "silence")
            choices = [choice["name_localizations"]["de"] for choice in silence["options"][0]["choices"]]
            assert choices[0] == "nie still"

    asyncio.run(play())


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("de", "Es gab nichts zu vergessen."),
        ("fr", "Il n’y avait rien à oublier."),
        ("es-419", "No había nada que olvidar."),
        ("pt-BR", "There was nothing to forget."),
        ("en-GB", "There was nothing to forget."),
    ],
)
def test_a_private_reply_is_in_the_language_of_its_reader(stage: Stage, locale: str, sentence: str) -> None:
    async def play() -> None:
        async with stage() as scene:
            assert await replied(scene, "new", locale) == sentence

    asyncio.run(play())


def test_private_answers_buttons_and_refusals_are_german(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            await scene.server.registered("ask")
            scene.ann.locale = "de"
            used = await scene.server.slash(scene.ann, scene.channel, "ask", question=CLOCKS, private=True)
            answer = await used.response()
            assert answer.content.startswith(f"-# Gefragt: {CLOCKS}")
            assert "> The clock museum keeps 312 clocks" in answer.content
            assert {"Kontext", "Details", "Hilfreich", "Nicht hilfreich", "Teilen"} <= set(answer.labels)
            details = await (await scene.server.press(scene.ann, answer, "Details")).response()
            assert details.content.startswith("Die Dateien enthalten die genauen Zeichen, als UTF-8.")
            assert "Absatz 1" in details.content
            assert await replied(scene, "ask", "de", question="?!", private=True) == (
                "Deine Frage enthält keine Wörter. Bitte frag in Worten."
            )
            assert "**Artikel**: " in await replied(scene, "about", "de")
            assert "`/fragen`: Stell eine Frage" in await replied(scene, "help", "de")

    asyncio.run(play())


def test_public_messages_are_in_the_language_of_a_community_server(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            channel = french(scene)
            assert (await scene.ask(NOWHERE, channel)).startswith("**Les articles n’y répondent pas.**")
            assert await scene.ask("", channel) == (
                "Pose-moi une question, et je réponds par des citations des articles\N{NO-BREAK SPACE}: "
                "mentionne-moi avec elle, ou utilise `/demander`."
            )
            assert (await scene.ask(NOWHERE)).startswith("**The corpus does not answer that.**")
            await scene.server.registered("ask")
            scene.ann.locale = "de"
            public = await scene.server.slash(scene.ann, channel, "ask", question=CLOCKS)
            assert (await public.response()).content.startswith(f"-# Question : {CLOCKS}")
            private = await scene.server.slash(scene.ann, channel, "ask", question=CLOCKS, private=True)
            assert (await private.response()).content.startswith(f"-# Gefragt: {CLOCKS}")

    asyncio.run(play())


def test_a_server_that_is_no_community_has_chosen_no_language(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            channel = scene.server.text_channel(scene.server.guild("club", locale="fr"))
            assert (await scene.ask(NOWHERE, channel)).startswith("**The corpus does not answer that.**")

    asyncio.run(play())


@pytest.mark.parametrize("components", [True, False])
def test_a_german_answer_loses_the_words_of_a_question_that_is_gone(stage: Stage, components: bool) -> None:
    async def play() -> None:
        async with stage(components=components) as scene:
            channel = scene.server.text_channel(scene.server.guild("bücherei", locale="de", features=("COMMUNITY",)))
            question = await scene.server.say(scene.ann, channel, f"<@BOT> {SECRET}")
            await recorded(scene, await scene.server.next_message(channel))
            await scene.server.say(scene.ann, channel, f"<@BOT> {FOLLOW_UP}")
            later = await scene.server.next_message(channel)
            await recorded(scene, later)
            assert later.content.startswith("-# Gesucht: ")
            assert WORD in later.content
            before = later.content
            await scene.server.delete(question)
            await until_retracted(later)
            assert later.content == "\n".join(before.split("\n")[1:]).strip()

    asyncio.run(play())


def languages() -> Iterator[Language]:
    """Every language."""
    return map(Language.of, LANGUAGES)


def follow_up() -> Answer:
    """An answer to a question that was searched for in other words than were typed."""
    return replace(answer_of(quote("The clock museum keeps 312 clocks.")), question="and why?", searched="why clocks")


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("lay_out", [answer_layout, answer_pages])
def test_what_was_searched_for_is_found_again_in_every_language(tag: str, lay_out: Any) -> None:
    language = Language.of(tag)
    (page,) = lay_out(follow_up(), {}, repeat_question=True, language=language)
    head, *_ = page.texts[0].split("\n\n")
    left = without_context(page.texts[0])
    assert "why clocks" in head
    assert "why clocks" not in left
    assert left == page.texts[0].replace(head, head.split("\n")[0], 1)


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("state", ["changed", "withdrawn"])
def test_notes_on_sources_are_found_again_in_every_language(tag: str, state: Any) -> None:
    ref = "museum@0123456789ab#10-20"
    content = f"> The clock museum.\n-# Clocks · ¶ 1 · {ref}"
    marks = [Mark(ref, state, "2026-03-01")]
    marked = noted(content, marks, Language.of(tag))
    assert marked.count("\n-# **") == 1
    assert "2026-03-01" in marked
    assert [noted(marked, [], other) for other in languages()] == [content] * len(LANGUAGES)
    assert noted_part(noted_part(content, marks, Language.of(tag)), []) == content
