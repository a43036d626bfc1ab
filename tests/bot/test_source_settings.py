"""Sources as settings: what may be said of them, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import load
from bot.source_record import Source
from retrieval.errors import SettingInvalid


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a settings file, where the command is run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "quoth.toml"


def test_sources_are_read_from_files_and_variables(file: Path, tmp_path: Path) -> None:
    file.write_text("""[index]
path = "ix"
[[corpus.sources]]
name = "handbook"
git = "https://git.example.org/handbook"
branch = "main"
every = "30m"
[[corpus.sources]]
name = "minutes"
folder = "minutes"
""")
    settings = load()
    assert settings.corpus.sources == (
        Source("handbook", "git", "https://git.example.org/handbook", 1800, "main", pages=20_000, megabytes=1000),
        Source("minutes", "folder", str(tmp_path / "minutes"), pages=100_000, megabytes=10_000),
    )
    assert settings.corpus.path == tmp_path / "ix.sources"
    environment = {"QUOTH_CORPUS_SOURCES": '[{ name = "news", feed = "https://example.org/feed.xml" }]'}
    settings = load(environment=environment | {"QUOTH_CORPUS_FETCHED": "brought"})
    assert settings.corpus.sources == (Source("news", "feed", "https://example.org/feed.xml"),)
    assert settings.corpus.path == tmp_path / "brought"


def test_a_corpus_that_is_named_nearer_by_counts_instead(file: Path, tmp_path: Path) -> None:
    file.write_text('[corpus]\npath = "articles"\nsources = [{ name = "news", feed = "https://example.org/f" }]\n')
    assert load().corpus.path == load().corpus.fetched
    for settings in (load(flags={"corpus.path": Path("mine")}), load(environment={"QUOTH_CORPUS_PATH": "mine"})):
        assert (settings.corpus.path, settings.corpus.sources) == (tmp_path / "mine", ())


@pytest.mark.parametrize(
    ("sources", "remedy"),
    [
        ("3", "it must be a list of tables, such as"),
        ("['x']", "it must be a list of tables, such as"),
        ("[{ feed = 'https://example.org/f' }]", "source 1 needs a name of its own"),
        ("[{ name = '../x', feed = 'https://example.org/f' }]", "source 1 needs a name of its own"),
        ("[{ name = 'from-discord', feed = 'https://example.org/f' }]", "source 1 needs a name of its own"),
        ("[{ name = 'x' }]", "the source 'x' needs one of folder, git, sitemap, feed"),
        ("[{ name = 'x', feed = 'https://e.org/f', git = 'https://e.org/g' }]", "the source 'x' needs one of folder"),
        ("[{ name = 'x', feed = 'https://e.org/f', branch = 'b' }]", "has 'branch', and a feed has only every, pages"),
        ("[{ name = 'x', git = 'file:///etc' }]", "git of the source 'x' must be a web address that begins with https"),
        ("[{ name = 'x', git = 'ext::sh -c x' }]", "git of the source 'x' must be a web address"),
        ("[{ name = 'x', git = '--upload-pack=x' }]", "git of the source 'x' must be a web address"),
        ("[{ name = 'x', git = 'git@example.org:x' }]", "git of the source 'x' must be a web address"),
        ("[{ name = 'x', git = 'https://u:p@e.org/x' }]", "holds no user name or password"),
        ("[{ name = 'x', feed = 'https://e.org/\\u0000' }]", "feed of the source 'x' must be a web address"),
        ("[{ name = 'x', git = 'https://e.org', branch = '--x' }]", "branch of the source 'x': it must be the name"),
        ("[{ name = 'x', git = 'https://e.org', branch = 'a:b' }]", "branch of the source 'x': it must be the name"),
        ("[{ name = 'x', feed = 'https://e.org', every = '5s' }]", "it must be minutes, hours or days, such as"),
        ("[{ name = 'x', feed = 'https://e.org', pages = 0 }]", "pages of the source 'x': it must be a whole number"),
        ("[{ name = 'x', folder = '' }]", "folder of the source 'x' must be the path of a folder"),
        ("[{ name = 'x', folder = 'a' }, { name = 'x', folder = 'b' }]", "two sources have the name 'x'"),
    ],
)
def test_a_mistake_is_one_sentence(sources: str, remedy: str, file: Path) -> None:
    if "\\u0000" not in sources:
        file.write_text(f"[corpus]\nsources = {sources}\n")
        with pytest.raises(SettingInvalid, match=r"^The setting corpus\.sources .* is not valid: ") as caught:
            load()
        assert remedy in str(caught.value)
        assert "u:p@" not in str(caught.value)
        file.unlink()
    text = sources.replace("'", '"')
    with pytest.raises(SettingInvalid, match=r"^The setting QUOTH_CORPUS_SOURCES") as caught:
        load(environment={"QUOTH_CORPUS_SOURCES": text})
    assert remedy in str(caught.value)
