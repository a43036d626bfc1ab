"""The answer service over an index on a server: it follows the server, outlives it, and seldom asks about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answering import service as services
from bot.answering.service import AnswerService
from bot.discord.errors import reply_to
from bot.languages.catalogue import ENGLISH, catalogues
from retrieval import indexes
from retrieval.answering import calibration as calibrations
from retrieval.engine import Engine
from retrieval.errors import IndexUnreachable
from retrieval.milvus import access
from retrieval.settings import AnswerSettings
from tests.bot.answering.test_service import calibrated, play
from tests.milvus_server import MilvusServer, build_on_server, require_lite
from tests.toy import ToyEncoder, write_corpus

QUESTION = "Who closed the bridge in 2016?"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MilvusServer]:
    require_lite()
    monkeypatch.setattr(access._InForce, "limits", access.Limits(timeout=5.0, retries=0))
    running = MilvusServer(tmp_path / "data.db")
    yield running
    running.stop()


def test_the_service_follows_and_outlives_its_server(
    server: MilvusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, corpus = server.index(), write_corpus(tmp_path / "articles")
    build_on_server(corpus, index, tmp_path / "cache")

    def opening() -> Engine:
        settings = AnswerSettings(threshold="auto", reader=None)
        return Engine(indexes.current(index), ToyEncoder(), settings, calibrations.read(index))

    async def scene() -> None:
        async with AnswerService(index, opening) as service:
            monkeypatch.setattr(services, "LOOKED_EVERY", 0.0)
            first = await service.ask(QUESTION, show_weak=True)
            (corpus / "new.txt").write_text("The observatory of Kell opened its dome in 2031.\n")
            build_on_server(corpus, index, tmp_path / "cache")
            second = await service.ask(QUESTION, show_weak=True)
            assert second.fingerprint != first.fingerprint
            calibrations.write(index, calibrated(0.6, 0.5))
            assert (await service.ask(QUESTION)).confidence == 0.6
            server.stop()
            assert (await service.ask(QUESTION)).confidence == 0.6, "from the cache"
            with pytest.raises(IndexUnreachable):
                await service.ask("What did the gale do?")
            server.start()
            assert (await service.ask("What did the gale do?")).confidence == 0.6

    play(scene)


def test_a_question_does_not_ask_each_time_what_is_current(
    server: MilvusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, looks = server.index(), list[Path]()
    build_on_server(write_corpus(tmp_path / "articles"), index, tmp_path / "cache")
    pointer = indexes.pointer

    def counted(index: Path) -> object:
        looks.append(index)
        return pointer(index)

    monkeypatch.setattr(indexes, "pointer", counted)
    monkeypatch.setattr(services, "LOOKED_EVERY", 1000.0)

    async def scene() -> None:
        settings = AnswerSettings(reader=None)
        opening = lambda: Engine(indexes.current(index), ToyEncoder(), settings)  # noqa: E731
        async with AnswerService(index, opening) as service:
            for question in (QUESTION, "What did the gale do?", "Who winds the clocks?"):
                await service.ask(question)

    play(scene)
    assert len(looks) == 1


def test_a_generation_that_could_not_be_reached_is_opened_at_the_next_look(
    server: MilvusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, corpus = server.index(), write_corpus(tmp_path / "articles")
    build_on_server(corpus, index, tmp_path / "cache")
    monkeypatch.setattr(services, "LOOKED_EVERY", 0.0)
    faults = list[IndexUnreachable]()

    def opening() -> Engine:
        if faults:
            raise faults.pop()
        return Engine(indexes.current(index), ToyEncoder(), AnswerSettings(reader=None))

    async def scene() -> None:
        async with AnswerService(index, opening) as service:
            before = (await service.ask(QUESTION)).fingerprint
            (corpus / "new.txt").write_text("The observatory of Kell opened its dome in 2031.\n")
            build_on_server(corpus, index, tmp_path / "cache")
            faults.append(IndexUnreachable(index, "the Milvus server", "no connection"))
            assert (await service.ask("Who winds the clocks?")).fingerprint == before
            assert (await service.ask("Who winds the clocks?")).fingerprint != before

    play(scene)


@pytest.mark.parametrize("code", ["en", "de", "fr", "es"])
def test_members_are_told_in_one_sentence(code: str) -> None:
    error = IndexUnreachable(Path("milvus://h/x"), "the Milvus server at h:19530", "no connection")
    language = catalogues().get(code, ENGLISH)
    reply = reply_to(error, language)
    assert reply is not None
    assert reply.startswith(
        language.text("My articles are on a server that does not answer right now. Please ask again in a few minutes.")
    )
    assert "19530" not in reply
