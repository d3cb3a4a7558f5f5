"""Following every link from the first page: all answer, and nothing that strangers wrote does harm."""

from urllib.parse import unquote

from tests.hub.clients import NAME
from tests.hub_pages.browser import Page
from tests.hub_pages.town import ASSET, HOSTILE_FILE, SECRET, Town


def test_every_link_answers(every_page: dict[str, Page]) -> None:
    wrong = {url: page.reply.status for url, page in every_page.items() if page.reply.status not in (200, 302)}
    assert wrong == {}


def test_the_crawl_comes_to_every_kind_of_page(every_page: dict[str, Page], town: Town) -> None:
    tails = [
        *(
            "",
            "/pulls",
            "/issues",
            "/releases",
            "/actions",
            "/commits/main",
            "/tree/main/src",
            "/blob/main/src/train.py",
        ),
        *(f"/pull/{town.numbers['merged']}{tab}" for tab in ("", "/commits", "/checks", "/files")),
        *(f"/runs/{town.numbers['check']}", f"/actions/runs/{town.numbers['run']}", f"/commit/{town.shas['improve']}"),
        *("/compare/main...improve", "/raw/main/docs/dot.gif", "/issues/1", "/blob/main/README.md?plain=1"),
        *(f"/issues/{town.numbers['issue']}", "/releases/download/digits%40v0.1.0/model.bin"),
    ]
    assert [tail for tail in tails if town.url(tail) not in every_page] == []
    assert any(unquote(url).endswith(f"/blob/main/{HOSTILE_FILE}") for url in every_page)


def test_no_page_holds_what_strangers_smuggled_in(every_page: dict[str, Page]) -> None:
    dangers = {url: page.dangers() for url, page in every_page.items()}
    assert {url: found for url, found in dangers.items() if found} == {}


def test_every_page_says_what_it_is(every_page: dict[str, Page]) -> None:
    pages = [page for page in every_page.values() if page.reply.headers.get("content-type", "").startswith("text/html")]
    assert len(pages) > 60
    assert all("Merganser’s stand-in for GitHub" in page.text for page in pages)


def test_every_page_forbids_scripts_and_foreign_content(every_page: dict[str, Page], town: Town) -> None:
    own = {url: page for url, page in every_page.items() if url.startswith(town.hub.url)}
    for url, page in own.items():
        if "/releases/download/" in url:
            continue
        policy = page.reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy, url
        assert "script-src" not in policy, url
        assert page.reply.headers["x-content-type-options"] == "nosniff", url


def test_a_downloaded_asset_is_the_uploaded_one(every_page: dict[str, Page], town: Town) -> None:
    address = town.url("/releases/download/digits%40v0.1.0/model.bin")
    assert every_page[every_page[address].reply.headers["location"]].reply.content == ASSET


def test_nothing_leads_to_a_private_repository(every_page: dict[str, Page]) -> None:
    assert [url for url in every_page if SECRET in url] == []
    assert [url for url, page in every_page.items() if b"hidden words" in page.reply.content] == []


def test_links_of_earlier_ports_lead_here(every_page: dict[str, Page], town: Town) -> None:
    page = every_page[town.url(f"/pull/{town.numbers['merged']}")]
    assert f"/{NAME}/blob/main/params.yaml" in [attrs.get("href") for _, attrs in page.reader.elements]
    assert ":1/" not in page.reply.content.decode()
