"""`/about` and `/help`: what members read, and what those who manage a server read beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.discord.interactions.about import OperatingPoint, about_message, help_message, manager_rows
from bot.discord.outgoing.markdown import unescape
from bot.discord.outgoing.proof import LONGEST_MESSAGE, length
from bot.terminal.index_view import content_rows, generation_row
from retrieval.answering.calibration import Calibration, Rate
from retrieval.engine import Engine
from retrieval.index.generation import Generation
from tests.bot.discord.conftest import Scene, Stage, open_engine
from tests.discord_server import User
from tests.toy import MODEL, SPEC

OPERATOR = re.compile(
    r"\b(?:settings?|toml|version|index|model|encoder|fingerprint|intent|config|reindex|gaps|passages|quoth )\b", re.I
)


async def say(scene: Scene, user: User, command: str) -> str:
    """What a command answers, to nobody else."""
    used = await scene.server.slash(user, scene.channel, command)
    message = await used.response()
    assert used.ephemeral
    return message.content


def calibration(threshold: float) -> Calibration:
    """One that fits no index."""
    wrong, refused = Rate(0.2, 0.1, 0.35, 40), Rate(0.075, 0.03, 0.15, 1200)
    return Calibration(
        MODEL, threshold, (), SPEC, "0" * 12, "gold.jsonl", "0" * 64, 1200, 40, 0.2, wrong, refused, 0.9, 5, "1", "now"
    )


def test_members_read_what_is_answered_from_and_how_surely(stage: Stage, index: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            said = await say(scene, scene.ann, "about")
            built = datetime.fromisoformat(Generation.current(index).manifest.created)
            assert said == (
                "I answer questions in the articles' own words, with their sources, or say that they have no answer.\n"
                f"**Articles**: 6, from “articles”, as of <t:{built.timestamp():.0f}:D>. `/sources` lists them.\n"
                "**How sure**: I answer from a confidence of 0.55 on. How often I am wrong about that has not been "
                "measured on these articles."
            )
            assert not OPERATOR.search(said)

    asyncio.run(play())


def test_both_error_rates_are_those_of_the_calibration(stage: Stage) -> None:
    def calibrated(path: Path) -> Engine:
        engine = open_engine(path)
        engine.calibration = calibration(engine.threshold)
        return engine

    async def play() -> None:
        async with stage(opener=calibrated) as scene:
            assert unescape(await say(scene, scene.ann, "about")).endswith(
                "**How sure**: I answer from a confidence of 0.55 on. Of 40 test questions that these articles do not "
                "answer, 20.0 % got an answer all the same; of 1,200 that they do answer, 7.5 % got none."
            )

    asyncio.run(play())


def test_rates_of_another_threshold_are_not_told(index: Path) -> None:
    engine = open_engine(index)
    engine.calibration = calibration(0.3)
    assert OperatingPoint.of(engine) == OperatingPoint(0.55)
    assert OperatingPoint(0.0).sentences() == "I always answer, however unsure I am."


def test_managers_read_what_status_shows(stage: Stage, index: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            chief = scene.server.user("chief", permissions=["manage_guild"])
            said = unescape(await say(scene, chief, "about"))
            generation = Generation.current(index)
            for name, value in (generation_row(generation), *content_rows(generation.manifest)):
                assert f"-# {name}: {value}" in said if name else f"\n-# {value}\n" in said
            assert re.search(r"\n-# quoth: .+\n-# answers: fingerprint [0-9a-f.]{30}\n-# up: \d+ s, 0 waiting\n", said)
            assert str(index.parent) not in said

    asyncio.run(play())


def test_the_time_since_the_start_is_told_in_words(index: Path) -> None:
    collection = SimpleNamespace(service=SimpleNamespace(waiting=2))

    def up(seconds: float) -> str:
        began = datetime.fromtimestamp(datetime.now(UTC).timestamp() - seconds, UTC)
        rows: Iterator[tuple[str, str]] = manager_rows(generation, collection, began, "")  # type: ignore[arg-type]
        return dict(rows)["up"]

    generation = Generation.current(index)
    assert up(125) == "2 min, 2 waiting"
    assert up(3 * 3600 + 5 * 60 + 1) == "3 h 5 min, 2 waiting"
    assert up(86400 + 7200 + 1) == "1 day 2 h, 2 waiting"


def test_what_does_not_fit_is_left_out(index: Path) -> None:
    rows = [("name", "x" * 1500), ("long", "y" * 900), ("short", "z")]
    said = about_message(Generation.current(index), OperatingPoint(0.2), rows).content
    assert length(said) <= LONGEST_MESSAGE
    assert "-# long" not in said
    assert said.endswith("-# short: z")


def test_help_lists_each_command_to_those_who_may_use_it(stage: Stage) -> None:
    async def play() -> None:
        async with stage() as scene:
            chief = scene.server.user("chief", permissions=["manage_guild"])
            for_members, for_managers = unescape(await say(scene, scene.ann, "help")), await say(scene, chief, "help")
            assert not OPERATOR.search(for_members.replace("@quoth", ""))
            assert unescape(for_managers).startswith(for_members)
            commands = scene.client.tree.get_commands(type=None)
            for command in commands:
                name = f"/{command.name}" if f"/{command.name}`" in for_managers else f"Apps › {command.name}"
                assert name in for_managers
                assert (name in for_members) == (command.default_permissions is None)
            assert help_message("q", commands * 9, is_manager=True).content.startswith("**Ask me a question**")

    asyncio.run(play())


@pytest.mark.parametrize("name", ["*quoth*", "@everyone"])
def test_no_name_of_the_bot_is_live(name: str) -> None:
    content = help_message(name, [], is_manager=False, reads_all=True).content
    assert unescape(content).count(f"@{name}") == 2
    assert f"@{name}" not in content
    assert f"@{name} alone" not in unescape(help_message(name, [], is_manager=False).content)


def test_a_date_that_is_none_is_told_as_it_is(index: Path) -> None:
    generation = Generation.current(index)
    generation.manifest = replace(generation.manifest, created="once")
    assert "as of once." in about_message(generation, OperatingPoint(0.2)).content
