"""Sitemaps and feeds: what is fetched, what is asked again, and what is removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.source_record import Source
from bot.sources import state as states
from retrieval.articles.corpus import read, scan
from tests.bot.sources.site import Handler, Site, Sources, answer, page

FERRY, FEES = page("The ferry leaves the old harbour at nine."), page("A berth costs forty crowns a night.")


def sitemap(site: Site, **fields: object) -> Source:
    return Source("site", "sitemap", site.url("/sitemap.xml"), pause=0, allow_private=True, **fields)  # type: ignore[arg-type]


def feed(site: Site, **fields: object) -> Source:
    return Source("site", "feed", site.url("/feed.xml"), pause=0, allow_private=True, **fields)  # type: ignore[arg-type]


def rss(site: Site, *items: tuple[str, str]) -> str:
    listed = "".join(f"<item><link>{site.url(path)}</link><pubDate>{date}</pubDate></item>" for path, date in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{listed}</channel></rss>'


def test_the_pages_of_a_sitemap_are_articles_with_their_addresses_and_dates(site: Site, sources: Sources) -> None:
    site.pages |= {"/docs/ferry": FERRY, "/fees/?from=2024": FEES}
    site.sitemap("/docs/ferry", "/fees/?from=2024", changed="2024-05-03T10:00:00+02:00")
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.failed, outcome.changed, outcome.state.files) == (False, 2, 2)
    articles = [article for file in scan(sources.root)[0] for article in read(file)[0]]
    assert [article.url for article in articles] == [site.url("/docs/ferry"), site.url("/fees/?from=2024")]
    assert [article.published for article in articles] == ["2024-05-03"] * 2
    assert articles[0].id == "site/docs/ferry"
    assert "The ferry leaves the old harbour at nine." in articles[0].text
    assert all(request.headers["User-Agent"].startswith("quoth") for request in site.requests)


def test_what_has_not_changed_is_asked_for_with_its_mark_and_not_sent_again(site: Site, sources: Sources) -> None:
    async def marked(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"1"' and request.headers.get("If-Modified-Since"):
            return web.Response(status=304)
        headers = {"ETag": '"1"', "Last-Modified": "Fri, 03 May 2024 10:00:00 GMT"}
        return web.Response(text=FERRY, content_type="text/html", headers=headers)

    site.pages["/ferry"] = marked
    site.sitemap("/ferry")
    sources.fetch(sitemap(site))
    before = (sources.root / "site" / "ferry.html").stat()
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.failed, outcome.changed, site.asked.count("/ferry")) == (False, 0, 2)
    assert (sources.root / "site" / "ferry.html").stat() == before


def test_a_page_that_the_sitemap_says_has_not_changed_is_not_asked_for(site: Site, sources: Sources) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry", changed="2024-05-03")
    sources.fetch(sitemap(site))
    sources.fetch(sitemap(site))
    assert site.asked.count("/ferry") == 1
    site.sitemap("/ferry", changed="2024-05-04")
    sources.fetch(sitemap(site))
    assert site.asked.count("/ferry") == 2


def test_a_page_goes_only_when_it_is_in_no_list_and_the_site_says_that_it_is_gone(site: Site, sources: Sources) -> None:
    site.pages |= {"/ferry": FERRY, "/fees": FEES, "/hours": FEES}
    site.sitemap("/ferry", "/fees", "/hours")
    sources.fetch(sitemap(site))
    del site.pages["/fees"]  # listed, and not there
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.failed, len(sources.files())) == (False, 3)
    assert "1 page failed" in outcome.state.notes[0]
    site.sitemap("/ferry")
    site.pages["/hours"] = answer(status=410)
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.changed, sources.files()) == (2, ["ferry.html"])
    site.sitemap("/hours")
    site.pages["/ferry"] = answer(status=500)
    site.pages["/hours"] = FEES
    sources.fetch(sitemap(site))
    assert sources.files() == ["ferry.html", "hours.html"], "an outage is no farewell"


@pytest.mark.parametrize("outage", ["empty", "status", "broken", "text"])
def test_an_outage_or_an_empty_sitemap_empties_nothing(outage: str, site: Site, sources: Sources) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry")
    sources.fetch(sitemap(site))
    del site.pages["/ferry"]
    if outage == "empty":
        site.sitemap()
    site.pages["/sitemap.xml"] = {
        "empty": site.pages["/sitemap.xml"],
        "status": answer(status=500),
        "broken": answer("<urlset><url>", content_type="application/xml"),
        "text": answer("We are moving house.", content_type="text/html"),
    }[outage]
    (outcome,) = sources.fetch(sitemap(site))
    assert outcome.failed
    assert sources.files() == ["ferry.html"]
    assert str(outcome).startswith("The source site ")


def test_items_that_a_feed_no_longer_has_stay_while_their_pages_do(site: Site, sources: Sources) -> None:
    site.pages |= {"/1": FERRY, "/2": FEES}
    site.pages["/feed.xml"] = rss(site, ("/1", "Fri, 03 May 2024 10:00:00 GMT"))
    sources.fetch(feed(site))
    site.pages["/feed.xml"] = rss(site, ("/2", "Sat, 04 May 2024 10:00:00 GMT"))
    sources.fetch(feed(site))
    assert sources.files() == ["1.html", "2.html"]
    del site.pages["/1"]
    sources.fetch(feed(site))
    assert sources.files() == ["2.html"]
    (article,) = [article for file in scan(sources.root)[0] for article in read(file)[0]]
    assert article.published == "2024-05-04"


def test_a_sitemap_has_pages_of_its_own_site_alone(site: Site, sources: Sources) -> None:
    site.pages["/docs/ferry"] = FERRY
    site.pages["/sitemap.xml"] = (
        f"<urlset><url><loc>{site.url('/docs/ferry')}</loc></url><url><loc>http://other.invalid/x</loc></url>"
        f"<url><loc>{site.url('/blog/x')}</loc></url><url><loc>ftp://127.0.0.1/x</loc></url></urlset>"
    )
    (outcome,) = sources.fetch(sitemap(site, below=site.url("/docs/")))
    assert (outcome.failed, sources.files()) == (False, ["docs/ferry.html"])
    assert outcome.state.notes == ("2 of its 3 pages are of other places, and left out",)


def test_a_page_that_leads_to_another_place_is_left_out(site: Site, sources: Sources) -> None:
    def to(url: str) -> Handler:
        return answer(status=302, headers={"Location": url})

    site.pages |= {"/docs/ferry": FERRY, "/docs/x": FERRY, "/blog/x": FERRY}
    site.pages |= {"/docs/a": to("/blog/x"), "/docs/b": to("/docs/x")}
    site.sitemap("/docs/ferry", "/docs/a", "/docs/b")
    (outcome,) = sources.fetch(sitemap(site, below=site.url("/docs/").replace("http:", "https:")))
    assert sources.files() == ["docs/b.html", "docs/ferry.html"]
    assert outcome.state.notes == (
        f"1 page failed: {site.url('/docs/a')} leads to a page of another place ({site.url('/blog/x')})",
    )


def test_as_many_pages_as_the_settings_allow(site: Site, sources: Sources) -> None:
    paths = [f"/{number}" for number in range(5)]
    site.pages |= dict.fromkeys(paths, FERRY)
    site.sitemap(*paths)
    (outcome,) = sources.fetch(sitemap(site, pages=3))
    assert len(sources.files()) == 3
    assert outcome.state.notes == ("2 of its pages are left out, since `pages` allows 3",)


def test_a_source_with_another_address_has_none_of_the_pages_of_the_first(site: Site, sources: Sources) -> None:
    site.pages |= {"/ferry": FERRY, "/fees": FEES}
    site.sitemap("/ferry")
    site.sitemap("/fees", path="/other.xml")
    sources.fetch(sitemap(site))
    other = Source("site", "sitemap", site.url("/other.xml"), pages=1, pause=0, allow_private=True)
    site.pages["/fees"] = answer(status=500)
    assert sources.fetch(other)[0].failed
    assert sources.files() == ["ferry.html"]
    site.pages["/fees"] = FEES
    assert not sources.fetch(other)[0].failed
    assert sources.files() == ["fees.html"]


def test_a_source_that_is_in_the_settings_no_more_goes_and_nothing_else_does(site: Site, sources: Sources) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry")
    sources.fetch(sitemap(site))
    given = sources.root / "from-discord" / "note.md"
    given.parent.mkdir()
    given.write_text("A note.")
    folder = sources.root.parent / "articles"
    folder.mkdir()
    (folder / "a.md").write_text("It came.")
    sources.fetch(Source("articles", "folder", str(folder)))
    assert sorted(path.name for path in sources.root.iterdir() if path.name[0] != ".") == ["articles", "from-discord"]


def test_a_folder_that_quoth_has_not_fetched_is_left_alone(site: Site, sources: Sources) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry")
    mine = sources.root / "site" / "mine.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("Mine.")
    for _ in range(2):
        (outcome,) = sources.fetch(sitemap(site))
        assert outcome.failed
        assert "has the name of a folder that is there already" in str(outcome)
        assert sources.files() == ["mine.md"]
    sources.fetch(Source("other", "sitemap", site.url("/sitemap.xml"), pause=0, allow_private=True))
    assert sources.files() == ["mine.md"], "nor is it removed with its source"


def test_pages_whose_record_is_lost_are_known_by_the_address_above_them(site: Site, sources: Sources) -> None:
    site.pages |= {"/ferry": FERRY, "/fees": FEES}
    site.sitemap("/ferry", "/fees")
    sources.fetch(sitemap(site))
    states.file_of(sources.root, "site").write_text("{")
    del site.pages["/fees"]
    site.sitemap("/ferry")
    sources.fetch(sitemap(site))
    assert sources.files() == ["ferry.html"]


def test_a_source_is_looked_at_when_its_time_has_come_and_later_and_later_while_it_fails(
    site: Site, sources: Sources, tmp_path: Path
) -> None:
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry")
    source = sitemap(site, every=3600)
    sources.fetch(source, due=True)
    assert sources.fetch(source, due=True) == []
    now = datetime(2026, 1, 1, tzinfo=UTC)
    state, waits = sources.state(), []
    for _ in range(12):
        state = state.after_failure(source, now, "fails")
        waits.append((datetime.fromisoformat(state.next) - now) / timedelta(minutes=1))
    assert waits[:4] == [10, 20, 40, 80]
    assert waits[-1] == 24 * 60
    assert state.failures == 12
    assert state.after_success(source, now).next == "2026-01-01T01:00:00+00:00"


def test_a_source_that_fails_does_not_hold_up_another(site: Site, sources: Sources, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.md").write_text("It came.")
    outcomes = sources.fetch(sitemap(site), Source("articles", "folder", str(folder)))
    assert [outcome.failed for outcome in outcomes] == [True, False]
    assert str(outcomes[0]) == "The source site answers 404 (Not Found)."
    assert sources.files("articles") == ["a.md"]


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("latin-1", "text/html; charset=iso-8859-1"),
        ("utf-16", "text/html"),
        ("utf-8-sig", "text/html"),
        ("utf-8", "text/html; charset=unknown"),
    ],
)
def test_pages_in_the_encoding_that_their_replies_name(encoding: str, kind: str, site: Site, sources: Sources) -> None:
    text = "The café opens at nine in the morning."
    body = page(text).encode(encoding)

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Type": kind})

    site.pages["/cafe"] = handle
    site.sitemap("/cafe")
    assert not sources.fetch(sitemap(site))[0].failed
    (article,) = [article for file in scan(sources.root)[0] for article in read(file)[0]]
    assert (article.url, article.text) == (site.url("/cafe"), text)


def test_pages_that_are_denied_take_no_room(site: Site, sources: Sources) -> None:
    denied, others = [f"/no/{number}" for number in range(3)], ["/1", "/2"]
    site.pages |= {"/robots.txt": "User-agent: *\nDisallow: /no/\n", **dict.fromkeys([*denied, *others], FERRY)}
    site.sitemap(*denied, *others)
    (outcome,) = sources.fetch(sitemap(site, pages=3))
    assert str(outcome) == "The source site has no page that robots.txt does not deny to quoth."
    (outcome,) = sources.fetch(sitemap(site, pages=3))
    assert (outcome.failed, sources.files()) == (False, ["1.html", "2.html"])


def test_any_number_of_pages_may_be_of_no_use(site: Site, sources: Sources) -> None:
    others = [f"/{number}.pdf" for number in range(9)]
    site.pages |= dict.fromkeys(others, answer("%PDF-", content_type="application/pdf")) | {"/ferry": FERRY}
    site.sitemap(*others, "/ferry")
    (outcome,) = sources.fetch(sitemap(site))
    assert (outcome.failed, sources.files()) == (False, ["ferry.html"])
    assert outcome.state.notes == (f"9 pages failed: {site.url('/0.pdf')} is no web page (application/pdf)",)


def test_a_source_of_another_kind_has_nothing_of_the_first(site: Site, sources: Sources, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.md").write_text("It came.")
    site.pages["/ferry"] = FERRY
    site.sitemap("/ferry")
    copied = Source("site", "folder", str(folder))
    for source, files in ((copied, ["a.md"]), (sitemap(site), ["ferry.html"]), (copied, ["a.md"])):
        assert not sources.fetch(source)[0].failed
        assert sources.files() == files


def test_a_source_whose_address_is_mended_need_not_wait(site: Site, sources: Sources) -> None:
    site.pages |= {"/ferry": FERRY, "/busy.xml": answer(status=429, headers={"Retry-After": "7200"})}
    site.sitemap("/ferry")
    busy = Source("site", "sitemap", site.url("/busy.xml"), pause=0, allow_private=True)
    assert sources.fetch(busy, due=True)[0].failed
    assert sources.fetch(busy, due=True) == []
    assert not sources.fetch(sitemap(site), due=True)[0].failed
