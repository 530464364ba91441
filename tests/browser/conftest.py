"""One office and one Chromium for all tests of this folder, which run apart: `pytest -m browser`.

Playwright's event loop would keep Django's own tests from their database. Everything here runs
outside the test process: no test touches a database of its own.
"""

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import Visitor, launch
from tests.browser.server import Server


def pytest_collection_modifyitems(config, items):
    """Whoever does not ask for the browser does not get it among other tests."""
    if "browser" not in config.option.markexpr:
        apart = [item for item in items if item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if item not in apart]


@pytest.fixture(scope="package")
def browser():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(browser, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("office"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def keys(server):
    """The secret of each account's second factor, by user name."""
    return server.tell("accounts")


@pytest.fixture(scope="package")
def visitor(browser, server, keys):
    """Who is signed in under this name; nobody signs in twice, and '' is nobody."""
    known = {}

    def of(name):
        if name not in known:
            one = Visitor(browser, server.url)
            if name:
                one.sign_in(name, key=keys[name])
            known[name] = one
        return known[name]

    yield of
    for one in known.values():
        one.context.close()


@pytest.fixture(scope="package")
def rows(server, keys):
    """The number of one row of every model, in an office that was empty until now."""
    return server.tell("rows")
