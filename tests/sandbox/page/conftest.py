"""One browser for all tests of the page; without one they are skipped, but never where it is promised."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.cli.conftest import cli

__all__ = ["browser", "cli", "page"]

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
EXPECTED = ("400 (Bad Request)", "net::ERR_FAILED")  # refused acts, and requests that a test cuts off
REQUIRED = ("CI", "PDSLACK_BROWSER_REQUIRED")
PATIENCE = 60_000  # milliseconds, on a busy machine
expect.set_options(timeout=PATIENCE)


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
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.append(f"{said.text} {said.location}"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a browser that knows nothing yet; at the end it must not have complained."""
    window = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    page, problems = window.new_page(), Problems()
    problems.watch(page)
    yield page
    window.close()
    assert [problem for problem in problems if not any(one in problem for one in EXPECTED)] == []
