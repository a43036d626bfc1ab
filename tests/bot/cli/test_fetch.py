"""`quoth fetch`, and what `quoth index` and `quoth status` make of sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.conftest import Cli
from tests.bot.sources.git_site import Origin
from tests.bot.sources.site import Site, page


@pytest.fixture
def site() -> object:
    """A site on loopback."""
    with Site() as site:
        yield site


@pytest.fixture
def home(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings that name a sitemap, and a folder that is not there."""
    monkeypatch.chdir(tmp_path)
    site.pages["/ferry"] = page("The ferry leaves the old harbour at nine in the morning.", "Ferry")
    site.sitemap("/ferry", changed="2024-05-03")
    (tmp_path / "quoth.toml").write_text(f"""[index]
path = "ix"
[answer]
reader = ""
[corpus]
sources = [
    {{ name = "site", sitemap = "{site.url("/sitemap.xml")}", pause = 0, allow_private = true }},
    {{ name = "minutes", folder = "minutes" }},
]
""")
    return tmp_path


def test_sources_are_fetched_indexed_quoted_and_described(home: Path, site: Site, empty_cli: Cli) -> None:
    minutes = home / "minutes"
    away = f"The source minutes is not there ({minutes}), so what was copied before is kept.\n"
    fetched = empty_cli("fetch")
    assert (fetched.status, fetched.out, fetched.err) == (1, "site: 1 file, 1 changed\n", away)
    built = empty_cli("index")
    assert (built.status, built.err) == (1, away)
    assert f"corpus        {home / 'ix.sources'}\n" in built.out
    answer = json.loads(empty_cli("ask", "When does the ferry leave the old harbour?", "--json", "--show-weak").out)
    citation = answer["quotes"][0]["citation"]
    assert (citation["article"], citation["url"]) == ("site/ferry", site.url("/ferry"))
    assert citation["published"] == "2024-05-03"
    minutes.mkdir()
    (minutes / "may.md").write_text("The council met in May.\n")
    again = empty_cli("index")
    assert (again.status, again.err) == (0, "")
    # Each is told as soon as it is done.
    assert sorted(again.out.splitlines()[:2]) == ["minutes: 1 file, 1 changed", "site: 1 file, 0 changed"]
    count = len(site.requests)
    assert empty_cli("index", "--offline").status == 0
    assert len(site.requests) == count
    status = empty_cli("status").out
    assert f"sources       site, sitemap {site.url('/sitemap.xml')}: 1 file\n" in status
    assert f"              minutes, folder {minutes}: 1 file\n              last fetched 20" in status
    sources = json.loads(empty_cli("status", "--json").out)["sources"]
    assert [(each["name"], each["kind"], each["files"], each["failures"]) for each in sources] == [
        ("site", "sitemap", 1, 0), ("minutes", "folder", 1, 0),
    ]  # fmt: skip


def test_a_source_that_fails_says_so_in_the_status(home: Path, site: Site, empty_cli: Cli) -> None:
    empty_cli("index")
    site.pages.clear()
    assert "The source site answers 404 (Not Found).\n" in empty_cli("fetch", "--quiet").err
    status = empty_cli("status").out
    assert "FAILED 1 time, next 20" in status
    assert ": it answers 404 (Not Found)\n" in status
    (each, _) = json.loads(empty_cli("status", "--json").out)["sources"]
    assert (each["files"], each["failures"], each["problem"]) == (1, 1, "answers 404 (Not Found)")


def test_nothing_fetched_yet_is_one_sentence(home: Path, empty_cli: Cli) -> None:
    ran = empty_cli("index", "--offline")
    expected = f"quoth: The sources have brought nothing to {home / 'ix.sources'} yet: run `quoth fetch`, and see"
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(expected)


def test_settings_without_sources_are_one_sentence(empty_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("")
    ran = empty_cli("fetch", "--config", tmp_path / "mine.toml")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"quoth: The settings file {tmp_path / 'mine.toml'} names no sources: add `sources` below [corpus], as "
        "`quoth help sources` shows.\n"
    )


def test_a_corpus_that_is_named_is_indexed_without_the_sources(home: Path, site: Site, empty_cli: Cli) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "a.md").write_text("The bridge was closed in 2016.\n")
    ran = empty_cli("index", "mine")
    assert (ran.status, ran.err, site.requests) == (0, "", [])
    assert f"corpus        {home / 'mine'}\n" in ran.out


def test_the_token_file_is_never_copied(home: Path, empty_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "minutes").mkdir()
    (home / "minutes" / "token.txt").write_text("a-token")
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN_FILE", str(home / "minutes" / "token.txt"))
    for command in (("fetch",), ("index",), ("index", "--watch")):
        ran = empty_cli(*command)
        assert ran.status == 2
        assert ran.err.startswith("quoth: The file that token_file below [discord] names lies in the corpus")
    assert not (home / "ix.sources").exists()


def test_what_a_commit_does_not_change_is_not_encoded_again(
    tmp_path: Path, site: Site, empty_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    origin = Origin(tmp_path / "origin")
    site.pages |= origin.paths()
    table = f'{{ name = "handbook", git = "{site.url("/origin")}", allow_private = true }}'
    (tmp_path / "quoth.toml").write_text(
        f'[index]\npath = "ix"\n[answer]\nreader = ""\n[corpus]\nsources = [{table}]\n'
    )
    origin.commit(ferry_md="The ferry leaves the old harbour at nine.\n", fees_md="A berth costs forty crowns.\n")
    assert empty_cli("index").status == 0
    commit = origin.commit(fees_md="A berth costs fifty crowns.\n")
    assert "passages      1 encoded, 1 reused\n" in empty_cli("index").out
    answer = json.loads(empty_cli("ask", "When does the ferry leave?", "--json", "--show-weak").out)
    citation = answer["quotes"][0]["citation"]
    assert (citation["article"], citation["source"]) == ("handbook/ferry", f"handbook@{commit[:12]}")
    assert f": 2 files, commit {commit[:12]}\n" in empty_cli("status").out
    assert json.loads(empty_cli("status", "--json").out)["sources"][0]["commit"] == commit


def test_nothing_is_written_among_the_articles_of_a_source(home: Path, empty_cli: Cli) -> None:
    (home / "minutes").mkdir()
    (home / "minutes" / "may.md").write_text("The council met in May.\n")
    empty_cli("index")
    ran = empty_cli("show", "minutes/may@000000000000#0-3", "--html", "minutes/page.html")
    assert ran.status == 2
    assert ran.err.startswith("quoth: The file minutes/page.html would lie among what quoth reads, in the source")


def test_a_secret_in_an_address_is_never_printed(home: Path, site: Site, empty_cli: Cli) -> None:
    address = site.url("/feed.xml?token=Hunter2-pass")
    table = f'{{ name = "news", feed = "{address}", pause = 0, allow_private = true }}'
    content = (home / "quoth.toml").read_text().replace("sources = [", f"sources = [{table},")
    (home / "quoth.toml").write_text(content)
    site.pages["/feed.xml?token=Hunter2-pass"] = (
        f"<rss><channel><item><link>{site.url('/x?api_key=Hunter2-pass')}</link></item></channel></rss>"
    )
    commands = (("fetch",), ("index",), ("status",), ("status", "--json"))
    runs = [empty_cli(*command) for command in commands]
    assert "The source news brought no page" in runs[0].err
    site.pages["/x?api_key=Hunter2-pass"] = page("The council met in May, as it does each year.")
    runs += [empty_cli(*command) for command in (*commands, ("ask", "When did the council meet?", "--json"))]
    assert "news: 1 file, 1 changed\n" in runs[4].out
    assert all("Hunter2" not in ran.out + ran.err for ran in runs)
