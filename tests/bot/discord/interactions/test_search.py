"""`/search`, and the filters of `/ask`, as people use them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat_log.inbox import Command
from bot.discord.interactions.search import LONGEST_WORDS, Search, SearchButton
from retrieval.engine import Engine
from retrieval.records import Filter
from tests.bot.discord.conftest import ANSWERS, Scene, Stage
from tests.bot.discord.restarting import emptied, restarted
from tests.discord_server import Message
from tests.toy import build_toy, open_toy

QUESTION = "How deep is the well?"
PASSAGE = re.compile(r"^> The well of Port(\d+) is \d+ metres deep\.$", re.MULTILINE)


@pytest.fixture
def wells(tmp_path: Path) -> Path:
    """An index of articles from two publishers and twelve years."""
    corpus = tmp_path / "wells"
    corpus.mkdir()
    for number in range(12):
        facts = (
            f"title: Well {number}\npublished: {2010 + number}\nsource: {('Courier', 'Harbour Gazette')[number % 2]}\n"
            f"tags: [{('deep well', 'shallow')[number // 6]}]\nlang: {('en', 'de')[number % 4 == 3]}"
        )
        text = f"---\n{facts}\n---\n\nThe well of Port{number} is {number + 20} metres deep.\n"
        folder = corpus / ("east", "west/hill")[number % 3 == 0]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:02}.md").write_text(text)
    build_toy(corpus, tmp_path / "wells-index")
    return tmp_path / "wells-index"


def open_wells(path: Path) -> Engine:
    """Answer whatever is asked with every well: what filters leave is what these tests are about."""
    return open_toy(path, replace(ANSWERS, threshold=0.0, least=0.0))


async def search(scene: Scene, **options: str) -> Message:
    """Ann's answer to `/search`, which nobody else sees."""
    used = await scene.server.slash(scene.ann, scene.channel, "search", **options)
    message = await used.response()
    assert used.ephemeral
    return message


def shown(message: Message) -> list[int]:
    """The wells whose passages a message shows."""
    return [int(number) for number in PASSAGE.findall(message.content)]


def test_folders_tags_and_languages_are_suggested(stage: Stage, wells: Path) -> None:
    async def play() -> None:
        async with stage(home=wells) as scene:
            for option, typed, values in (
                ("path", "", ["east", "west", "west/hill"]), ("path", "hill", ["west/hill"]),
                ("tag", "well", ["deep well"]), ("tag", "", ["deep well", "shallow"]), ("language", "", ["en", "de"]),
            ):  # fmt: skip
                for command in ("ask", "search"):
                    typing = await scene.server.autocomplete(scene.ann, scene.channel, command, option, typed)
                    assert [choice.value for choice in await typing.choices()] == values

    asyncio.run(play())


@pytest.mark.parametrize(
    ("options", "wells_left"),
    [
        ({"path": "west/hill"}, {0, 3, 6, 9}),
        ({"tag": "Shallow"}, {6, 7, 8, 9, 10, 11}),
        ({"language": "de"}, {3, 7, 11}),
        ({"path": "east", "tag": "deep well", "language": "en", "source": "Courier", "since": "2012"}, {2, 4}),
    ],
)
def test_folders_tags_and_languages_are_filtered_by(
    stage: Stage, wells: Path, options: dict[str, str], wells_left: set[int]
) -> None:
    async def play() -> None:
        async with stage(home=wells, opener=open_wells) as scene:
            used = await scene.server.slash(scene.ann, scene.channel, "ask", question=QUESTION, **options)
            answer = await used.response()
            assert set(shown(answer)) <= wells_left
            assert shown(answer)
            message = await search(scene, words="well", **options)
            found = shown(message)
            async with restarted(scene, wells):
                while len(found) < len(wells_left):
                    message = await (await scene.server.press(scene.ann, message, "Next")).response()
                    found += shown(message)
            assert sorted(found) == sorted(wells_left)

    asyncio.run(play())


def test_a_button_has_room_for_the_longest_words_and_all_filters() -> None:
    within = Filter(since="2010-01-01", source="Courier", path="west/hill", tag="deep well", language="de")
    button = SearchButton(999, Search("w" * LONGEST_WORDS, within).carried, "w" * LONGEST_WORDS)
    assert len(button.custom_id) <= 100
    assert SearchButton.__discord_ui_compiled_template__.fullmatch(button.custom_id)


@pytest.mark.parametrize(("option", "name"), [("path", "folder"), ("tag", "tag"), ("language", "language")])
def test_what_is_in_no_list_is_refused(stage: Stage, wells: Path, option: str, name: str) -> None:
    async def play() -> None:
        async with stage(home=wells) as scene:
            refused = await search(scene, words="well", **{option: "zz"})
            assert refused.content == f"Please pick a {name} from the list."

    asyncio.run(play())


def test_the_sources_are_suggested(stage: Stage, wells: Path) -> None:
    async def play() -> None:
        async with stage(home=wells) as scene:
            for command in ("ask", "search"):
                typing = await scene.server.autocomplete(scene.ann, scene.channel, command, "source", "gaz")
                assert [choice.name for choice in await typing.choices()] == ["Harbour Gazette"]
        async with stage(home=wells, channels=(1,)) as scene:
            typing = await scene.server.autocomplete(scene.ann, scene.channel, "search", "source", "gaz")
            assert await typing.choices() == []
            assert (await search(scene, words="well")).content == "I don't answer questions here."

    asyncio.run(play())


@pytest.mark.parametrize("since", ["2017", "1 January 2017", "January 2017"])
def test_a_question_is_answered_under_its_filter(stage: Stage, wells: Path, since: str) -> None:
    async def play() -> None:
        async with stage(home=wells, opener=open_wells) as scene:
            options = {"question": QUESTION, "source": "Harbour Gazette", "since": since}
            gate = scene.server.hold("PATCH", "/messages/@original")
            used = await scene.server.slash(scene.ann, scene.channel, "ask", top=1, **options)
            await gate.reached()
            (left,) = await scene.client.desk.store.inbox.waiting()
            within = Filter(since="2017-01-01", source="Harbour Gazette")
            assert left.command == Command(used.token, QUESTION, 1, False, None, within=within)
            gate.release()
            message = await used.response()
            head = f"-# Asked: {QUESTION}\n-# Filter: since 2017-01-01 · source: Harbour Gazette (3 articles)\n"
            assert message.content.startswith(head)
            assert set(shown(message)) < {7, 9, 11}
            await emptied(scene)
            posted = await scene.client.desk.store.answer_for_message(message.id)
            assert posted is not None
            assert posted.within == within
            pressed = await scene.server.press(scene.ann, message, "More")
            more = await pressed.response()
            assert sorted(shown(message) + shown(more)) == [7, 9, 11]

    asyncio.run(play())


def test_a_filter_that_cannot_be_met_is_explained(stage: Stage, wells: Path) -> None:
    nothing = "None of my articles fits that filter. Please pick from the lists, or an earlier date."
    unread = "I cannot read that date. Please write it as 2023, 2023-06, 2023-06-30 or 30 June 2023."

    async def play() -> None:
        async with stage(home=wells) as scene:
            for options, reply in (
                ({"source": "Times"}, nothing), ({"since": "2030"}, nothing), ({"since": "May"}, unread),
            ):  # fmt: skip
                used = await scene.server.slash(scene.ann, scene.channel, "ask", question=QUESTION, **options)
                assert (await used.response()).content == reply
            assert (await search(scene, words="well", since="2030")).content == nothing
            assert (await search(scene, words="well", since="May")).content == unread
            assert (await search(scene, words="well", source="r")).content == "Please pick a source from the list."

    asyncio.run(play())


def test_what_is_unanswered_under_a_filter_is_no_gap(stage: Stage, wells: Path) -> None:
    async def play() -> None:
        async with stage(home=wells) as scene:
            question = "Who painted the ceiling of the opera?"
            for options in ({"source": "Courier"}, {}):
                used = await scene.server.slash(scene.ann, scene.channel, "ask", question=question, **options)
                assert "**The corpus does not answer that.**" in (await used.response()).content
                await emptied(scene)
            gaps = await scene.client.desk.store.all_gaps()
            assert [(gap.question, gap.count) for gap in gaps] == [(question, 1)]

    asyncio.run(play())


@pytest.mark.parametrize(("components", "since"), [(True, "2012"), (False, "January 2012")])
def test_pages_of_whole_passages_are_turned_also_after_a_restart(
    stage: Stage, wells: Path, components: bool, since: str
) -> None:
    async def play() -> None:
        async with stage(home=wells, components=components) as scene:
            message = await search(scene, words="well", source="gazette", since=since)
            head = (
                "-# Filter: since 2012-01-01 · source: Harbour Gazette (5 articles)\n"
                "**5 passages** near to “well”, best first:"
            )
            assert message.content.startswith(head)
            first = shown(message)
            assert len(first) == 4
            async with restarted(scene, wells):
                pressed = await scene.server.press(scene.ann, message, "Next")
                following = await pressed.response()
                assert following.content.startswith(head)
                assert sorted(first + shown(following)) == [3, 5, 7, 9, 11]
                back = await (await scene.server.press(scene.ann, following, "Previous")).response()
                assert shown(back) == first

    asyncio.run(play())
