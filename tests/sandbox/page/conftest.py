"""One browser for all tests of the page; without one they are skipped, but never where it is promised."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.cli.conftest import cli

__all__ = ["browser", "cli", "page", "window"]

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
EXPECTED = ("400 (Bad Request)", "net::ERR_FAILED")  # refused acts, and requests that a test cuts off
REQUIRED = ("CI", "PDSLACK_BROWSER_REQUIRED")


# Playwright keeps an event loop running in this thread: beyond its module, no other test could run one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium: the one of PDSLACK_CHROMIUM, or of the system."""
    program = os.environ.get("PDSLACK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        needed = any(os.environ.get(name) for name in REQUIRED)
        refuse = pytest.fail if needed else pytest.skip
        refuse(f"the page is tested in a browser, and there is none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


class Problems(list[str]):
    """What the browser complained about."""

    def watch(self, page: Page) -> None:
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.append(f"{said.text} {said.location}"))


# A profile of its own for each test would start a process of its own, which takes most of a short test.
@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """The profile of the tests of a module."""
    with browser.new_context(color_scheme="light", reduced_motion="reduce") as window:
        yield window


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A tab that knows nothing: each sandbox is an origin of its own. It must not have complained."""
    window.clear_cookies()  # which know no ports
    page, problems = window.new_page(), Problems()
    page.set_viewport_size({"width": 1280, "height": 900})
    problems.watch(page)
    yield page
    page.close()
    assert [problem for problem in problems if not any(one in problem for one in EXPECTED)] == []
