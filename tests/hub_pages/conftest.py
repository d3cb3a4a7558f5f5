"""A lived-in hub for all tests of pages: they only read it."""

from collections.abc import Iterator

import pytest

from merganser.hub import Hub
from tests.hub_pages.browser import Page, crawl
from tests.hub_pages.town import Town, build


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch, Hub(folder / "hub") as hub:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield build(hub, folder / "clones")


@pytest.fixture(scope="session")
def every_page(town: Town) -> dict[str, Page]:
    """All that a visitor without a login comes to by following links from the first page."""
    return crawl(town.hub.url + "/")
