"""Sites that mean harm: each costs a sentence, and nothing that was fetched before."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.source_record import Source
from bot.sources.addresses import is_of_network, is_public, page_file
from bot.sources.lists import Gathered, Lists
from bot.sources.state import Listing
from retrieval.files import beside
from tests.bot.sources.site import SMALL, Handler, Site, Sources, answer
from tests.bot.sources.test_crawl import FERRY, sitemap

PACKED = gzip.compress(b"x" * 50_000_000, 1)
BOMB = """<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<urlset><url><loc>http://127.0.0.1/&b;</loc></url></urlset>"""
OUTSIDE = """<!DOCTYPE urlset [<!ENTITY file SYSTEM "file:///etc/hostname">]>
<urlset><url><loc>http://127.0.0.1/&file;</loc></url></urlset>"""


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    while True:
        await response.write(b"x" * 10_000)


async def slow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    while True:
        await response.write(b"x")
        await asyncio.sleep(0.05)


async def bomb(request: web.Request) -> web.StreamResponse:
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    return web.Response(body=PACKED, headers=headers)


def redirect(location: str) -> Handler:
    return answer(status=302, headers={"Location": location})


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (endless, "has more than 0.1 MB"),
        (bomb, "has more than 0.1 MB"),
        (slow, "takes longer than 0.5 s"),
        (answer(FERRY, headers={"Content-Encoding": "br"}), "is packed in a way that was not asked for ('br')"),
        (answer("%PDF-", content_type="application/pdf"), "is no web page (application/pdf)"),
        (answer(" ", content_type="text/html"), "is empty"),
        (redirect("/x"), "redirects in a circle"),
        (redirect("file:///etc/passwd"), "leads to an address that does not begin with http:// or https://"),
        (redirect("http://user:secret@127.0.0.1/"), "leads to an address with a user name or password"),
        (redirect("http://[/"), "has an address that cannot be read"),
        (answer(status=418), "answers 418 (I'm a Teapot)"),
        (answer(status=204), "answers 204 (No Content)"),
    ],
)
def test_a_page_that_does_harm_fails_alone(handler: Handler, reason: str, site: Site, sources: Sources) -> None:
    site.pages |= {"/ferry": FERRY, "/x": handler}
    site.sitemap("/x", "/ferry")
    (outcome,) = sources.fetch(sitemap(site), limits=replace(SMALL, request=0.5 if handler is slow else 30.0))
    assert not outcome.failed
    assert outcome.state.notes == (f"1 page failed: {site.url('/x')} {reason}",)
    assert sources.files() == ["ferry.html"]
    assert "secret" not in str(outcome)


def test_no_more_redirects_than_a_few(site: Site, sources: Sources) -> None:
    site.pages |= {f"/{number}": redirect(f"/{number + 1}") for number in range(10)}
    site.sitemap("/0")
    (outcome,) = sources.fetch(sitemap(site))
    assert "redirects more than 3 times" in str(outcome)
    assert site.asked == ["/sitemap.xml", "/0", "/1", "/2", "/3"]


def public_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take 127.0.0.1 for a public address, so that nothing else is spoken to."""
    monkeypatch.setattr("bot.sources.web.is_public", lambda address: address == "127.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.2", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "10.1.2.3"])
def test_a_redirect_to_a_private_address_is_not_followed(
    host: str, site: Site, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_loopback(monkeypatch)
    site.pages["/x"] = redirect(f"http://{host}:{site.port}/secrets")
    site.sitemap("/x")
    (outcome,) = sources.fetch(replace(sitemap(site), allow_private=False))
    assert outcome.failed
    assert "within a private network" in str(outcome)
    assert "/secrets" not in site.asked


def test_the_address_that_is_connected_to_counts_and_not_the_one_before(
    site: Site, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is looked up first, and private from then on."""
    public_loopback(monkeypatch)
    addresses, known = iter(["127.0.0.1"]), socket.getaddrinfo

    def lookup(host: str, *rest: Any, **named: Any) -> Any:
        return known(next(addresses, "127.0.0.2") if host == "rebound.test" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    site.pages["/x"] = FERRY
    listed = f"<urlset><url><loc>http://rebound.test:{site.port}/x</loc></url></urlset>"
    site.pages["/sitemap.xml"] = answer(listed, content_type="application/xml")
    source = Source("site", "sitemap", f"http://rebound.test:{site.port}/sitemap.xml", pause=0)
    assert not sources.fetch(source)[0].failed
    count = len(site.requests)
    (outcome,) = sources.fetch(source)
    assert "within a private network (127.0.0.2)" in str(outcome)
    assert (len(site.requests), sources.files()) == (count, ["x.html"])


def test_no_address_of_ones_own_is_asked_unless_it_is_allowed(site: Site, sources: Sources) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry")
    for host in ("127.0.0.1", "localhost", "[::1]"):
        address = f"http://{host}:{site.port}/sitemap.xml"
        (outcome,) = sources.fetch(Source("site", "sitemap", address, pause=0))
        assert "within a private network" in str(outcome), host
        assert "allow_private = true" in str(outcome)
    assert site.requests == []


def test_a_source_in_ones_own_network_leads_to_no_other_service_of_this_machine(site: Site, sources: Sources) -> None:
    """What a page leads to is its author's choice, whoever allowed the site."""
    with Site() as other:
        other.pages["/secrets"] = FERRY
        site.pages |= {"/x": redirect(other.url("/secrets")), "/ferry": FERRY}
        site.sitemap("/x", "/ferry")
        (outcome,) = sources.fetch(sitemap(site))
        assert outcome.state.notes == (
            f"1 page failed: {site.url('/x')} has an address that only its own machine may ask (127.0.0.1)",
        )
        assert other.requests == []
    assert sources.files() == ["ferry.html"]


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        *dict.fromkeys(["10.1.2.3", "192.168.1.1", "172.16.0.1", "fd00::1", "100.64.0.1"], True).items(),
        *dict.fromkeys(["127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1"], False).items(),
        *dict.fromkeys(["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192"], False).items(),
        *dict.fromkeys(["fe80::1%eth0", "fd00:ec2::254", "::ffff:169.254.169.254", "224.0.0.1", ""], False).items(),
    ],
)
def test_what_is_another_machine_of_a_network(address: str, is_allowed: bool) -> None:
    assert is_of_network(address) == is_allowed


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("255.255.255.255", "168.63.129.16", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "fd00:ec2::254"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "not an address", ""),
        *("192.0.0.1", "192.0.0.170", "192.0.0.192", "64:ff9b:1::808:808", "fec0::1", "feff::1", "::10.0.0.1"),
        *("::ffff:192.0.0.192", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "::127.0.0.1", "::a83f:8110"),
        *("2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:10.0.0.1", "2001:0:808:808::f5ff:fffe"),
    ],
)
def test_what_is_no_public_address(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_a_public_address(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(("text", "reason"), [(BOMB, "declares entities"), (OUTSIDE, "declares entities")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_entity_is_expanded(text: str, reason: str, encoding: str, site: Site, sources: Sources) -> None:
    site.pages["/sitemap.xml"] = _bytes(text.encode(encoding))
    (outcome,) = sources.fetch(sitemap(site))
    assert outcome.failed
    assert Path("/etc/hostname").read_text().strip() not in str(outcome) + str(site.asked)
    assert site.asked == ["/sitemap.xml"]


def _bytes(body: bytes, **fields: object) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, **fields)  # type: ignore[arg-type]

    return handle


def test_a_sitemap_that_is_too_large_packed_or_not(site: Site, sources: Sources) -> None:
    for handler in (
        answer("<urlset>" + " " * 300_000 + "</urlset>", content_type="application/xml"),
        _bytes(gzip.compress(b"<urlset>" + b" " * 10_000_000), content_type="application/gzip"),
    ):
        site.pages["/sitemap.xml"] = handler
        (outcome,) = sources.fetch(sitemap(site))
        assert str(outcome) == "The source site has more than 0.2 MB."


def test_a_packed_sitemap_is_read(site: Site, sources: Sources) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry")
    listed = site.pages["/sitemap.xml"]
    assert isinstance(listed, str)
    site.pages["/sitemap.xml"] = _bytes(gzip.compress(listed.encode()), content_type="application/gzip")
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.failed, sources.files()) == (False, ["ferry.html"])


def test_an_index_that_refers_to_itself_and_to_too_many(site: Site, sources: Sources) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry", path="/1.xml")
    children = "".join(
        f"<sitemap><loc>{site.url(path)}</loc></sitemap>"
        for path in ("/sitemap.xml", "/1.xml", "/1.xml", *(f"/{number}.xml" for number in range(2, 20)))
    )
    site.pages["/sitemap.xml"] = answer(f"<sitemapindex>{children}</sitemapindex>", content_type="application/xml")
    (outcome,) = sources.fetch(sitemap(site))
    assert not outcome.failed
    assert sources.files() == ["ferry.html"]
    assert len([path for path in site.asked if path.endswith(".xml")]) == 5
    assert "lists more than 5 sitemaps" in str(outcome)


def test_what_robots_txt_denies_is_not_asked_for(site: Site, sources: Sources) -> None:
    site.pages |= {"/robots.txt": "User-agent: quoth\nDisallow: /private/\n", "/ferry": FERRY, "/private/x": FERRY}
    site.sitemap("/ferry", "/private/x")
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.failed, sources.files()) == (False, ["ferry.html"])
    assert outcome.state.notes == ("1 page denied to quoth by robots.txt",)
    assert "/private/x" not in site.asked


def test_a_robots_txt_that_cannot_be_read_denies_all(site: Site, sources: Sources) -> None:
    site.sitemap("/ferry")
    site.pages["/robots.txt"] = answer(status=500)
    (outcome,) = sources.fetch(sitemap(site))
    assert "has a robots.txt that cannot be read (answers 500" in str(outcome)
    assert site.asked == []


def test_the_pause_of_robots_txt_is_kept(site: Site, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def turn(self: object, host: str, pause: float) -> None:
        pauses.append(pause)

    monkeypatch.setattr("bot.sources.web.Pacing.turn", turn)
    site.pages |= {"/robots.txt": "User-agent: *\nCrawl-delay: 7\n", "/ferry": FERRY}
    site.sitemap("/ferry")
    sources.fetch(sitemap(site))
    assert pauses == [0, 7, 7]


@pytest.mark.parametrize("status", [429, 503])
def test_a_site_that_asks_to_be_left_alone_is(status: int, site: Site, sources: Sources) -> None:
    site.pages |= {"/1": FERRY, "/2": answer(status=status, headers={"Retry-After": "7200"}), "/3": FERRY}
    site.sitemap("/1", "/2", "/3")
    (outcome,) = sources.fetch(sitemap(site))
    assert outcome.failed
    assert f"which answers {status}" in str(outcome)
    assert (sources.files(), "/3" in site.asked) == (["1.html"], False)
    wait = (outcome.state.next, outcome.state.not_before)
    count = len(site.requests)
    (again,) = sources.fetch(sitemap(site))
    assert again.failed
    assert (len(site.requests), (again.state.next, again.state.not_before)) == (count, wait)


def test_a_source_that_takes_too_long_goes_on_next_time(site: Site, sources: Sources) -> None:
    site.pages |= {"/1": FERRY, "/2": slow}
    site.sitemap("/1", "/2")
    (outcome,) = sources.fetch(sitemap(site), limits=replace(SMALL, source=1.0))
    assert "what is left comes next time" in str(outcome)
    assert sources.files() == ["1.html"]
    site.pages["/2"] = FERRY
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.failed, sources.files()) == (False, ["1.html", "2.html"])


def test_a_site_that_is_down_is_left_after_a_few_pages(site: Site, sources: Sources) -> None:
    paths = [f"/{number}" for number in range(20)]
    site.pages |= dict.fromkeys(paths, answer(status=500))
    site.sitemap(*paths)
    (outcome,) = sources.fetch(sitemap(site))
    assert outcome.failed
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/docs/install", "docs/install.html"),
        ("/docs/", "docs/index.html"),
        ("/", "index.html"),
        ("", "index.html"),
    ],
)
def test_names_of_pages(path: str, file: str) -> None:
    assert page_file(f"https://example.org{path}", "https://example.org/sitemap.xml") == file


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd", "/%2e%2e/%2e%2e/x", "/a/..%2f..%2fx", "/.ssh/x", "/a\\b", "/x?y=../..", "/" + "a/" * 500,
     "/" + "b" * 1900, "/CON", "/a.html/b", "/%00", "/é/日本", "/-rf", "/_quoth.toml"],
)  # fmt: skip
def test_no_name_of_a_page_leads_anywhere_else(path: str) -> None:
    name = page_file(f"https://example.org{path}", "https://example.org/sitemap.xml")
    parts = name.split("/")
    assert name.endswith(".html")
    assert len(parts) <= 9
    assert all(part and not part.startswith((".", "-", "_")) and len(part.encode()) < 100 for part in parts)


def test_no_two_pages_have_one_name() -> None:
    urls = [
        f"https://example.org/{path}"
        for path in (
            "a",
            "A",
            "a/",
            "a.html",
            "a.php",
            "a?b",
            "a?c",
            "a%20b",
            "a-b",
            "a/index",
            "x.html/y",
            "x.html",
            "x/y",
            "x%2Fy",
            "x//y",
            "/x/y",
            "x%2F/y",
            "/a",
            "a//",
            "",
            "/",
            "x/y%2F",
            "-/a",
        )
    ] + ["http://example.org/a", "https://www.example.org/a", "https://example.org:444/a"]
    names = [page_file(url, "https://example.org/sitemap.xml") for url in urls]
    assert len({name.casefold() for name in names}) == len(urls)


KILLED = """
import sys
from pathlib import Path
from bot.source_record import Source
from bot.sources.fetching import Fetcher
source = Source("site", "sitemap", sys.argv[1], pause=0, allow_private=True)
Fetcher([source], Path(sys.argv[2])).run()
"""


def test_a_kill_at_any_point_leaves_what_can_be_gone_on_with(site: Site, sources: Sources) -> None:
    paths = [f"/{number}" for number in range(40)]

    async def last(request: web.Request) -> web.StreamResponse:
        os.kill(process.pid, signal.SIGKILL)
        return web.Response(text=FERRY, content_type="text/html")

    site.pages |= dict.fromkeys(paths, FERRY)
    site.sitemap(*paths)
    for victim in ("/0", "/25", "/39"):
        site.pages[victim] = last
        command = [sys.executable, "-c", KILLED, site.url("/sitemap.xml"), str(sources.root)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        assert process.wait(60) == -signal.SIGKILL, process.stderr.read() if process.stderr else ""
        site.pages[victim] = FERRY
        assert set(sources.state().pages) == {site.url(path) for path in paths}, "all are planned before the first"
        for file in (sources.root / "site").rglob("*.html"):
            assert "The ferry leaves" in file.read_text()
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.failed, len(sources.files())) == (False, 40)


def test_what_a_killed_process_was_writing_goes_and_nothing_else(site: Site, sources: Sources) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry")
    sources.fetch(sitemap(site))
    drafts = [beside(sources.root / "site" / "ferry.html"), beside(sources.root / ".state" / "site.json")]
    own = sources.root / ".state" / ".notes.tmp"
    for file in (*drafts, own):
        file.write_text("half")
    sources.fetch(sitemap(site))
    assert [file.exists() for file in (*drafts, own)] == [False, False, True]


def test_another_process_that_fetches_is_waited_for_by_the_user(site: Site, sources: Sources) -> None:
    from filelock import FileLock

    from bot.sources.faults import SourcesBusy

    sources.root.mkdir()
    with FileLock(sources.root / ".lock"), pytest.raises(SourcesBusy, match="Another quoth is fetching"):
        sources.fetch(sitemap(site))


def test_no_more_of_the_lists_is_kept_than_is_needed(
    site: Site, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sources.lists.MOST_REMEMBERED", 50)
    gathered: list[Gathered] = []
    gather = Lists.gather

    async def spy(self: Lists, former: Mapping[str, Listing]) -> Gathered:
        gathered.append(await gather(self, former))
        return gathered[-1]

    monkeypatch.setattr(Lists, "gather", spy)
    lists = [f"/{number}.xml" for number in range(4)]
    for path in lists:
        pages = [f"{path}-{number}" for number in range(40)]
        site.pages |= dict.fromkeys(pages, FERRY)
        site.sitemap(*pages, path=path)
    children = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in lists)
    site.pages["/sitemap.xml"] = answer(f"<sitemapindex>{children}</sitemapindex>", content_type="application/xml")
    for left_out in (150, 150):
        (outcome,) = sources.fetch(replace(sitemap(site), pages=10))
        assert outcome.state.notes == (f"{left_out} of its pages are left out, since `pages` allows 10",)
        assert len(sources.files()) == 10
    assert [len(each.pages) for each in gathered] == [10, 20]
    assert [sum(len(listing.pages) for listing in each.remembered.values()) for each in gathered] == [40, 40]
