"""What is said of errors in Discord: nothing of the host, and a reference under which the log has the rest."""

from __future__ import annotations

import asyncio
import copy
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_type_hints

import pytest

import bot
import retrieval
from bot.chat_log.address import Place
from bot.discord.errors import Refused
from bot.discord.interactions.about import OperatingPoint, about_message, manager_rows
from bot.discord.outgoing.proof import Outgoing
from bot.discord.outgoing.sending import Sent
from bot.discord.reception import tell
from bot.errors import worded
from retrieval.errors import QuothError, ReaderUnusable
from retrieval.index.generation import Generation
from retrieval.remedies import BuildIndex, NameIndex, Remedy, Wording
from tests.bot.discord.conftest import Scene, Stage

PLACE = "/srv/hidden/place.db"
HOSTILE = f"{PLACE} `quoth index {PLACE} --rebuild` max_question"
HOST = re.compile(r"/|`|--|_|\[|\bhidden\b|\bsettings?\b|\bquoth\b")


def kinds(kind: type[QuothError] = QuothError) -> Iterator[type[QuothError]]:
    """Every error that quoth raises on purpose."""
    yield kind
    for derived in kind.__subclasses__():
        yield from kinds(derived)


def every_kind() -> list[type[QuothError]]:
    """Those of all modules."""
    for package in (retrieval, bot):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    return sorted({kind for kind in kinds() if kind.__module__.startswith(("retrieval", "bot"))}, key=str)


def hostile(kind: type[QuothError]) -> QuothError:
    """An error of this kind that knows of the host whatever it may."""
    hints = get_type_hints(kind.__init__)
    given: dict[Any, Any] = {int: 7, bool: True, Path: Path(PLACE), Place: Path(PLACE), str: HOSTILE, object: HOSTILE}
    again = BuildIndex(Path(PLACE), HOSTILE, rebuild=True, model=HOSTILE)
    given |= {str | None: HOSTILE, BuildIndex: again, BuildIndex | None: again}
    given |= {ReaderUnusable: ReaderUnusable(Path(PLACE), HOSTILE)}
    given |= {str | Remedy: HOSTILE, Wording: (HOSTILE, again, NameIndex())}
    lists: dict[str, Any] = {"Sequence[str]": [HOSTILE], "Sequence[tuple[str, str]]": [(HOSTILE, HOSTILE)]}
    lists["Sequence[tuple[int, str]]"] = [(7, HOSTILE)]
    values: list[Any] = []
    for name in list(inspect.signature(kind).parameters):
        hint = hints[name]
        values.append(given[hint] if hint in given else lists[str(hint).replace("collections.abc.", "")])
    return kind(*values)


async def reply(error: Exception) -> str:
    """What is said of an error."""
    said = list[str]()

    async def carry(message: Outgoing) -> Sent:
        said.append(message.content.replace("\\", ""))
        return Sent(None, proved=True)

    await tell(error, carry)
    return "".join(said)


def test_there_are_errors_to_try() -> None:
    names = {kind.__name__ for kind in every_kind()}
    assert {"IndexDamaged", "CorpusNotFound", "StoreUnusable", "SettingInvalid", "Busy", "QuestionTooLong"} <= names


@pytest.mark.parametrize("kind", every_kind())
def test_no_reply_names_anything_of_the_host(kind: type[QuothError], caplog: pytest.LogCaptureFixture) -> None:
    error = hostile(kind)
    said = asyncio.run(reply(error))
    assert said
    assert not HOST.search(said), said
    reference = re.search(r" \(reference ([0-9a-f]{8})\)$", said)
    if reference is not None:
        assert f"reference {reference[1]}: {worded(error)}" in caplog.messages


@pytest.mark.parametrize(
    "error", [OSError(2, "No such file", PLACE), RuntimeError(HOSTILE), KeyError(PLACE), UnicodeError(HOSTILE)]
)
def test_nor_does_one_of_what_nobody_foresaw(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    said = asyncio.run(reply(error))
    assert re.fullmatch(r"Sorry, something went wrong on my side\. \(reference [0-9a-f]{8}\)", said)
    assert PLACE in caplog.text


def test_a_refusal_is_told_as_it_is() -> None:
    assert asyncio.run(reply(Refused("Not here."))) == "Not here."


def test_members_and_managers_read_nothing_of_the_host(stage: Stage, index: Path, tmp_path: Path) -> None:
    async def play() -> None:
        async with stage() as scene:
            chief = scene.server.user("chief", permissions=["manage_guild"])
            for name in ("about", "help", "gaps", "sources", "forget-me"):
                used = await scene.server.slash(chief, scene.channel, name)
                await used.response()
                assert_silent(scene, index.parent, tmp_path)
            for _ in range(2):
                await scene.ask("Who closed the bridge in 2016?")
                assert_silent(scene, index.parent, tmp_path)
                await scene.client.desk.store.close()

    asyncio.run(play())


def test_a_model_in_a_folder_is_named_without_its_path(index: Path) -> None:
    generation = Generation.current(index)
    encoder = replace(generation.manifest.encoder, name="/srv/models/mini-lm")
    manifest = replace(generation.manifest, encoder=encoder, corpus="/srv/texts/letters")
    collection = SimpleNamespace(service=SimpleNamespace(waiting=0))
    generation = replace_manifest(generation, manifest)
    rows = tuple(manager_rows(generation, collection, datetime.now(UTC), ""))  # type: ignore[arg-type]
    said = about_message(generation, OperatingPoint(0.2), rows).content
    assert "srv" not in said
    assert "mini-lm" in said


def replace_manifest(generation: Generation, manifest: object) -> Generation:
    """The generation with another manifest."""
    other = copy.copy(generation)
    other.manifest = manifest  # type: ignore[assignment]
    return other


def assert_silent(scene: Scene, *places: Path) -> None:
    """Nothing that the bot said names a path of the host."""
    for channel in scene.server.backend.world.messages.values():
        for message in channel:
            content = "".join(version.content for version in message.versions).replace("\\", "")
            assert message.author is not scene.server.bot or not any(str(place) in content for place in places)
