"""Git repositories as sources: what is read of them, and what they cannot do."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.source_record import Source
from bot.sources.state import State
from retrieval.articles.corpus import read, scan
from tests.bot.sources.git_site import Origin
from tests.bot.sources.site import Site, Sources, answer


@pytest.fixture
def origin(site: Site, tmp_path: Path) -> Origin:
    """A repository that the site serves."""
    origin = Origin(tmp_path / "origin")
    site.pages |= origin.paths()
    return origin


def repository(site: Site, **fields: object) -> Source:
    return Source("site", "git", site.url("/origin"), allow_private=True, **fields)  # type: ignore[arg-type]


def test_the_files_of_a_repository_are_articles_whose_commit_is_known(
    site: Site, origin: Origin, sources: Sources
) -> None:
    commit = origin.commit(guide__ferry_md="# Ferry\n\nThe ferry leaves at nine.\n", code="int main;\n")
    (outcome,) = sources.fetch(repository(site, link="https://git.example/{commit}/{file}"))
    assert (outcome.failed, outcome.state.commit) == (False, commit), str(outcome)
    assert sources.files() == ["_quoth.toml", "guide/ferry.md"]
    (article,) = [article for file in scan(sources.root)[0] for article in read(file)[0]]
    assert (article.id, article.source) == ("site/guide/ferry", f"site@{commit[:12]}")
    assert article.url == f"https://git.example/{commit}/guide/ferry.md"


def test_a_repository_is_followed(site: Site, origin: Origin, sources: Sources) -> None:
    origin.commit(a_md="A.\n", b__c_md="C.\n")
    sources.fetch(repository(site))
    (outcome,) = sources.fetch(repository(site))
    assert (outcome.failed, outcome.changed) == (False, 0)
    commit = origin.commit(a_md=None, b__c_md=None, b_md="B.\n", a_md__d_md="D.\n")
    (outcome,) = sources.fetch(repository(site))
    assert (outcome.failed, outcome.state.commit) == (False, commit), str(outcome)
    assert sources.files() == ["_quoth.toml", "a.md/d.md", "b.md"]


def test_a_branch_and_a_folder(site: Site, origin: Origin, sources: Sources) -> None:
    origin.commit(a_md="A.\n")
    origin.git("checkout", "--quiet", "-b", "next/one")
    origin.commit(docs__b_md="B.\n", docs2__c_md="C.\n")
    origin.git("checkout", "--quiet", "main")
    sources.fetch(repository(site))
    assert sources.files() == ["_quoth.toml", "a.md"]
    sources.fetch(repository(site, branch="next/one", below="docs/"))
    assert sources.files() == ["_quoth.toml", "docs/b.md"]
    (outcome,) = sources.fetch(repository(site, branch="gone"))
    assert outcome.failed
    assert "couldn't find remote ref gone" in str(outcome)
    assert sources.files() == ["_quoth.toml", "docs/b.md"]


def test_what_the_repository_says_of_its_articles_counts(site: Site, origin: Origin, sources: Sources) -> None:
    (origin.folder / "_quoth.toml").write_text('source = "The Courier"\n\n[metadata]\nurl = ["link"]\n')
    commit = origin.commit(a_md="A came.\n")
    sources.fetch(repository(site, link="https://git.example/{commit}/{file}"))
    files, warns = scan(sources.root)
    (article,) = read(files[0])[0]
    assert (article.source, article.url) == ("The Courier", f"https://git.example/{commit}/a.md")
    assert warns == []


@pytest.mark.parametrize(
    ("own", "source", "link", "problem"),
    [
        ('"source" = "The Courier"\n', "The Courier", "https://git.example/{commit}/a.md", ""),
        ("'source' = 'The Courier'\n", "The Courier", "https://git.example/{commit}/a.md", ""),
        ('\ufeff"\\u0075rl" = "https://courier.example"\n', "site@{short}", "https://courier.example/a", ""),
        ('author = """\nsource = "x"\nurl = "x"\n"""\n', "site@{short}", "https://git.example/{commit}/a.md", ""),
        ('[metadata]\nurl = ["link"]\n', "site@{short}", "https://git.example/{commit}/a.md", ""),
        ('source.name = "x"\n', "site@{short}", "https://git.example/{commit}/a.md", "source is no text"),
        ("url = 1\n", "site@{short}", "https://git.example/{commit}/a.md", "url is no text"),
        ('source = "a"\nsource = "b"\n', "site@{short}", "https://git.example/{commit}/a.md", "Cannot overwrite"),
        ("a = " + "[" * 30_000, "site@{short}", "https://git.example/{commit}/a.md", "recursion"),
        ("#" * 65_530, "site@{short}", "https://git.example/{commit}/a.md", "it is too large"),
        ("tags = ['\udce9']\n", "site@{short}", "https://git.example/{commit}/a.md", "can't decode"),
    ],
    ids=["quoted", "literal", "escaped", "text", "section", "dotted", "number", "twice", "deep", "large", "latin"],
)
def test_no_form_of_what_a_repository_says_hides_the_commit(
    own: str, source: str, link: str, problem: str, site: Site, origin: Origin, sources: Sources
) -> None:
    (origin.folder / "_quoth.toml").write_bytes(own.encode("utf-8", "surrogateescape"))
    commit = origin.commit(a_md="A came.\n")
    (outcome,) = sources.fetch(repository(site, link="https://git.example/{commit}/{file}"))
    files, warns = scan(sources.root)
    (article,) = read(files[0])[0]
    assert (article.source, article.url) == (source.format(short=commit[:12]), link.format(commit=commit))
    assert warns == []
    assert [problem in note for note in outcome.state.notes] == [True] * bool(problem)


@pytest.mark.parametrize("path", ["n" * 300 + ".md", "/".join(["d" * 250] * 17) + "/a.md"], ids=["name", "path"])
def test_a_file_whose_name_no_disk_has_is_left_out_alone(
    path: str, site: Site, origin: Origin, sources: Sources
) -> None:
    origin.commit(a_md="A.\n", b__c_md="C.\n")
    sources.fetch(repository(site))
    origin.commit(b__c_md="C changed.\n")
    origin.add_literally(path, "Out of reach.\n")
    for _ in range(2):
        (outcome,) = sources.fetch(repository(site))
        assert not outcome.failed, str(outcome)
        assert sources.files() == ["_quoth.toml", "a.md", "b/c.md"]
        assert outcome.state.files == 2
        assert outcome.state.notes == (f"1 file left out, whose name cannot be kept on this disk: {path[:79]}…",)
    origin.git("rm", "--quiet", "--cached", "a.md", "b/c.md")
    origin.git("commit", "--quiet", "--message=x")
    (outcome,) = sources.fetch(repository(site))
    assert "has no file whose name can be kept" in str(outcome)
    assert sources.files() == ["_quoth.toml", "a.md", "b/c.md"]


def test_a_small_repository_that_lists_more_files_than_there_is_memory_for_fails(
    site: Site, origin: Origin, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trees of trees of trees, each ten times the same: five of them are a hundred thousand files."""
    monkeypatch.setattr("bot.sources.git._MOST_LISTED", 1_000_000)
    origin.commit(a_md="A.\n")
    sources.fetch(repository(site))
    origin.multiply(5)
    (outcome,) = sources.fetch(repository(site))
    assert str(outcome) == "The source site has more files than can be listed."
    assert sources.files() == ["_quoth.toml", "a.md"]


def test_links_options_and_other_traps_lead_nowhere(
    site: Site, origin: Origin, sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("The secret of the harbour.\n")
    ran = tmp_path / "ran"
    (origin.folder / "out.md").symlink_to(secret)
    (origin.folder / "folder").symlink_to(tmp_path)
    (origin.folder / "--upload-pack=touch x.md").write_text("An option.\n")
    (origin.folder / "-rf.md").write_text("Another.\n")
    (origin.folder / ".hidden.md").write_text("Hidden.\n")
    (origin.folder / ".gitattributes").write_text("*.md filter=trap\n")
    (origin.folder / ".gitmodules").write_text('[submodule "m"]\npath = m\nurl = ext::sh -c "touch ran"\n')
    origin.commit(a_md="A.\n")
    home = Path(os.environ["HOME"])
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text(
        f'[filter "trap"]\nsmudge = touch {ran}\n[core]\nhooksPath = {home}\nfsmonitor = touch {ran}\n'
        f'[url "ext::touch {ran}"]\ninsteadOf = http://\n'
    )
    hook = home / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_PROXY_COMMAND", f"touch {ran}")
    (outcome,) = sources.fetch(repository(site))
    assert not outcome.failed, str(outcome)
    assert sources.files() == ["--upload-pack=touch x.md", "-rf.md", "_quoth.toml", "a.md"]
    assert outcome.state.notes == ("2 links and submodules are left out",)
    assert not ran.exists()
    assert not any("secret" in file.read_text() for file in (sources.root / "site").rglob("*.md"))


def test_a_repository_within_ones_own_network_is_not_asked(site: Site, origin: Origin, sources: Sources) -> None:
    origin.commit(a_md="A.\n")
    (outcome,) = sources.fetch(replace(repository(site), allow_private=False))
    assert "within a private network (127.0.0.1)" in str(outcome)
    assert site.requests == []


def test_a_redirect_to_another_place_is_not_followed(site: Site, origin: Origin, sources: Sources) -> None:
    origin.commit(a_md="A.\n")
    served = "/moved/info/refs?service=git-upload-pack"
    site.pages[served] = answer(status=302, headers={"Location": site.url("/origin/info/refs?service=git-upload-pack")})
    (outcome,) = sources.fetch(Source("site", "git", site.url("/moved"), allow_private=True))
    assert outcome.failed
    assert len(site.requests) == 1


def test_a_repository_that_is_gone_empty_or_too_large_takes_nothing_away(
    site: Site, origin: Origin, sources: Sources
) -> None:
    origin.commit(a_md="A.\n", b_md="B.\n")
    sources.fetch(repository(site))
    before = sources.files()
    origin.commit(a_md=None, b_md=None, code="x")
    for source, reason in (
        (repository(site), "has no file that quoth reads"),
        (replace(repository(site), address=site.url("/other")), "cannot be fetched"),
    ):
        (outcome,) = sources.fetch(source)
        assert outcome.failed
        assert reason in str(outcome)
        assert sources.files() == before
    origin.commit(c_md="C.\n", d_md="D.\n")
    (outcome,) = sources.fetch(repository(site, pages=1))
    assert str(outcome) == "The source site has 2 files to read, and `pages` allows 1."
    assert sources.files() == before


def test_git_that_is_not_installed_is_one_sentence(
    site: Site, origin: Origin, sources: Sources, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (outcome,) = sources.fetch(repository(site))
    assert str(outcome) == "The source site needs the command git: install it, as with `apt-get install git`."


def test_nothing_is_recorded_of_a_commit_whose_files_are_not_all_there(
    site: Site, origin: Origin, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.commit(a_md="A.\n")

    def full(self: object) -> None:
        raise OSError(28, "No space left on device", "a.md")

    with monkeypatch.context() as context:
        context.setattr("bot.sources.mirror.Mirror.finish", full)
        (outcome,) = sources.fetch(repository(site))
    assert str(outcome) == "The source site cannot be kept (No space left on device): a.md."
    assert sources.state().commit == State().commit
    assert not sources.fetch(repository(site))[0].failed


def test_a_repository_that_a_killed_git_left_locked_or_damaged_is_fetched_again(
    site: Site, origin: Origin, sources: Sources
) -> None:
    origin.commit(a_md="A.\n")
    sources.fetch(repository(site))
    folder = sources.root / ".repositories" / "site.git"
    (folder / "shallow.lock").touch()
    commit = origin.commit(b_md="B.\n")
    (outcome,) = sources.fetch(repository(site))
    assert (outcome.failed, outcome.state.commit) == (False, commit), str(outcome)
    (folder / "config").write_text("[[[")
    outcomes = [sources.fetch(repository(site))[0] for _ in range(4)]
    assert [outcome.failed for outcome in outcomes] == [True, True, True, False]
    assert sources.files() == ["_quoth.toml", "a.md", "b.md"]


def test_a_repository_that_is_larger_than_it_may_be_is_not_kept(site: Site, origin: Origin, sources: Sources) -> None:
    (origin.folder / "noise.bin").write_bytes(os.urandom(3_000_000))
    origin.commit(a_md="A.\n")
    (outcome,) = sources.fetch(repository(site, megabytes=1))
    assert str(outcome) == "The source site is larger than twice what `megabytes` allows, 1."
    assert not (sources.root / ".repositories" / "site.git").exists()
    assert not sources.fetch(repository(site))[0].failed


def test_git_connects_to_the_address_that_was_checked(
    site: Site, origin: Origin, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git looks no name up by itself: none but quoth knows this one."""
    known = socket.getaddrinfo

    def lookup(host: str, *rest: Any, **named: Any) -> Any:
        return known("127.0.0.1" if host == "pinned.test" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    origin.commit(a_md="A.\n")
    source = replace(repository(site), address=f"http://pinned.test:{site.port}/origin")
    (outcome,) = sources.fetch(source)
    assert not outcome.failed, str(outcome)
    (outcome,) = sources.fetch(replace(source, allow_private=False))
    assert "within a private network (127.0.0.1)" in str(outcome)
