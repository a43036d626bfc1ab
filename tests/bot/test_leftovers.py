"""What quoth has left on disk: what keeps it, and that nothing else than what can go is removed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from bot import evaluation_cache as cache
from bot.leftovers import Leftover, leftovers
from bot.output_files import QUOTE_PAGE, write_page
from bot.settings import DiscordSettings, IndexSettings, ModelSettings, Settings
from retrieval.encoding.export_folder import FORMAT
from retrieval.index.journal import NAMES
from retrieval.index.keeping import Keep
from tests.retrieval.index.test_resume import end_another_build
from tests.toy import build_toy, write_corpus


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index with four former generations."""
    corpus = write_corpus(tmp_path / "corpus")
    for number in range(5):
        (corpus / "more.txt").write_text(f"The museum has {number} clocks of that kind in its cellar.\n")
        build_toy(corpus, tmp_path / "index", keep=Keep(9))
    return tmp_path / "index"


@pytest.fixture
def settings(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return Settings(
        index=IndexSettings(index, keep=1),
        model=ModelSettings(cache=tmp_path / "cache"),
        discord=DiscordSettings(store=tmp_path / "chat.db"),
    )


def going(settings: Settings, *, caches: bool = False) -> dict[str, Leftover]:
    return {item.place.name: item for item in leftovers(settings, caches=caches) if item.keeper is None}


def test_former_generations_beyond_keep_can_go(settings: Settings, index: Path) -> None:
    items = {item.place.name: item.keeper for item in leftovers(settings, caches=False)}
    assert items == {
        "000005": "it is current",
        "000004": "the index keeps so many former ones (keep = 1)",
        **dict.fromkeys(["000003", "000002", "000001"]),
    }
    assert all(item.size > 1000 for item in leftovers(settings, caches=False))
    (index / "generations" / "000002" / "notes.txt").write_text("somebody's own")
    for item in going(settings).values():
        item.remove()
    assert sorted(os.listdir(index / "generations")) == ["000002", "000004", "000005"]
    assert os.listdir(index / "generations" / "000002") == ["notes.txt"]
    assert going(settings) == {}


def test_a_generation_that_another_process_reads_stays(settings: Settings, index: Path) -> None:
    code = "import sys; file = open(sys.argv[1], 'rb'); print('open', flush=True); sys.stdin.read()"
    file = index / "generations" / "000002" / "texts.bin"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        items = going(settings)
        for item in items.values():
            item.remove()
        process.communicate()
    assert sorted(items) == ["000001", "000003"]
    assert sorted(os.listdir(index / "generations")) == ["000002", "000004", "000005"]
    assert sorted(going(settings)) == ["000002"]


def test_what_a_killed_build_left_can_go_unless_a_build_is_under_way(settings: Settings, index: Path) -> None:
    half, foreign = index / "building-0123456789abcdef", index / "building-fedcba9876543210"
    for folder in (half, foreign):
        folder.mkdir()
        (folder / "texts.bin").write_bytes(b"half")
    (index / "builder").write_text(f"process 1, since 12:00:00 UTC\n{half.name}\n")
    with FileLock(index / "lock"):
        items = {item.place.name: item.keeper for item in leftovers(settings, caches=False)}
        assert items[half.name] == "a build is under way"
    going(settings)[half.name].remove()
    assert (half.exists(), foreign.exists()) == (False, True)


def test_what_an_ended_build_has_kept_stays_while_another_is_under_way(settings: Settings, index: Path) -> None:
    end_another_build(index)
    with FileLock(index / "lock"):
        keepers = {item.place.name: item.keeper for item in leftovers(settings, caches=True)}
        assert {keepers[name] for name in NAMES} == {"a build is under way"}
    assert not set(NAMES) & going(settings).keys()
    for name, item in going(settings, caches=True).items():
        if name in NAMES:
            item.remove()
    assert not set(NAMES) & set(os.listdir(index))


def exported(cache: Path, version: int, digit: str = "a") -> Path:
    folder = cache / "encoders" / f"{digit * 16}-v{version}"
    folder.mkdir(parents=True)
    (folder / "encoder.json").write_text('{"name": "some/model"}')
    (folder / "model-int8.onnx").write_bytes(b"0" * 1000)
    return folder


def test_models_go_when_they_are_of_an_earlier_version_or_caches_are_to_go(settings: Settings, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    old, new, own = exported(cache, FORMAT - 1), exported(cache, FORMAT), exported(cache, FORMAT, "b")
    (own / "notes.txt").write_text("somebody's own")
    assert going(settings)[old.name].what == "the exported model some/model, of an earlier version of quoth"
    assert new.name not in going(settings)
    going(settings, caches=True)[new.name].remove()
    going(settings)[old.name].remove()
    assert (old.exists(), new.exists(), own.name in going(settings, caches=True)) == (False, False, False)


def test_of_the_cache_of_evaluations_only_what_quoth_made_can_go(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "evaluation"
    monkeypatch.setattr(cache, "cache_folder", lambda: folder)
    build_toy(tmp_path / "corpus", folder / ("a" * 16) / "index")
    gold, copy = folder / f"gold-{'b' * 16}-1", folder / f"gold-{'c' * 16}-1"
    for articles in (gold, copy):
        articles.mkdir()
        (articles / "a.txt").write_text("An article.")
        cache.put_mark(articles, gold.name)
    for name in ("d" * 16, f"gold-{'e' * 16}-1", "writing-abcdefgh"):
        (folder / name / "index").mkdir(parents=True)
        (folder / name / "index" / "letter.txt").write_text("somebody's own")
    shared = folder / ("f" * 16)
    build_toy(tmp_path / "corpus", shared / "index")
    (shared / "notes.txt").write_text("somebody's own")
    (folder / ("0" * 16)).symlink_to(folder / ("a" * 16))
    items = {name: item for name, item in going(settings, caches=True).items() if item.place.parent == folder}
    assert sorted(items) == ["a" * 16, gold.name]
    for item in items.values():
        item.remove()
    assert not gold.exists()
    assert (copy / "a.txt").exists()
    assert not going(settings).keys() & {"a" * 16}


def test_pages_of_earlier_versions_go_after_a_day(settings: Settings, tmp_path: Path) -> None:
    old, new, other = (tmp_path / "temporary" / f"quoth-abcdef_{number}" for number in range(3))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "quote.html").write_text("<!doctype html>\n")
    (other / "more.html").touch()
    os.utime(old, (0, 0))
    os.utime(other, (0, 0))
    items = going(settings)
    assert {old.name, new.name, other.name} & items.keys() == {old.name}
    items[old.name].remove()
    assert not old.exists()


def test_pages_for_the_browser_go_after_a_day(settings: Settings) -> None:
    old, new = (write_page(f"{QUOTE_PAGE.begins.decode()}{number}") for number in range(2))
    own = old.with_name(f"{'0' * 16}.html")
    own.write_text("somebody's own")
    for file in (old, own):
        os.utime(file, (0, 0))
    items = {item.place: item.keeper for item in leftovers(settings, caches=False)}
    assert (items[old], items[new], own in items) == (None, "less than a day old", False)
    going(settings)[old.name].remove()
    assert (old.exists(), new.exists()) == (False, True)


def test_replaced_databases_go_after_the_retention(settings: Settings, tmp_path: Path) -> None:
    names = []
    for days in (400, 20):
        name = f"chat-replaced-{datetime.now() - timedelta(days=days):%Y-%m-%d-%H%M%S}.db"
        (tmp_path / name).write_bytes(b"SQLite format 3\0" + bytes(100))
        (tmp_path / f"{name}-wal").write_bytes(b"wal")
        names.append(name)
    (tmp_path / "chat-replaced-2020-01-01-000000.db").write_text("a letter by this name")
    (tmp_path / "chat-replaced-2020-13-01-000000.db").write_bytes(b"SQLite format 3\0")
    old = going(settings)[names[0]]
    assert old.size == 119
    old.remove()
    assert sorted(path.name for path in tmp_path.glob("chat-*")) == [
        "chat-replaced-2020-01-01-000000.db",
        "chat-replaced-2020-13-01-000000.db",
        names[1],
        f"{names[1]}-wal",
    ]
