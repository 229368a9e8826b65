"""The story of the README: its commands as they stand there, and what the page shows of the case study."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cli.conftest import Cli
from tests.cli.surroundings.test_sandbox import served
from tests.support.fintech import FINTECH

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
STORY = re.findall(r"<!-- story -->\n```sh\n(.*?)```", README, re.DOTALL)[0].splitlines()
APPLY, *EVENTS = [shlex.split(line.rpartition("&& ")[2])[1:] for line in STORY]
CARD = "CRITICAL: Payment service down - Card declined"


@pytest.mark.slow
def test_the_story_of_the_readme_is_what_the_page_shows(cli: Cli, page: Page) -> None:
    assert "`pdslack sandbox examples/fintech --ready-file sandbox.env`" in README
    assert STORY[0].startswith(". ./sandbox.env && cd examples/fintech && ")
    assert len(EVENTS) == 4
    shutil.copytree(FINTECH, cli.folder / "examples" / "fintech")
    with served(cli.folder, "examples/fintech") as environment:
        for name, value in environment.items():
            cli.patch.setenv(name, value)
        cli.patch.chdir(cli.folder / "examples" / "fintech")
        cli(*APPLY, "--yes")
        page.goto(environment["PAGERDUTY_API_URL"].removesuffix("/pagerduty"))
        incidents = page.get_by_role("article")

        cli(*EVENTS[0])
        expect(incidents).to_contain_text(CARD)
        expect(page.get_by_role("listitem", name=re.compile("^Phone of "))).to_contain_text([CARD])
        steps = page.get_by_role("list", name="Steps of Major incident")
        expect(steps).to_contain_text(f"Payments API: {CARD}")
        open_channel(page, "payments-incidents")
        expect(messages(page)).to_contain_text(CARD)

        cli(*EVENTS[1])
        open_channel(page, "platform-alerts")
        expect(messages(page)).to_contain_text("Login takes 9 s")
        expect(messages(page)).not_to_contain_text(CARD)
        page.get_by_role("link", name="triggered #2 Login").click()
        expect(incidents).to_contain_text("low urgency")
        expect(incidents).not_to_contain_text("escalates at")

        cli(*EVENTS[2])
        expect(page.locator("#events")).to_contain_text("Deploy noise")
        expect(page.get_by_role("region", name="Incidents")).not_to_contain_text("Restarted")

        cli(*EVENTS[3])
        open_channel(page, "payments-incidents")
        expect(messages(page)).to_contain_text("Resolved")
        page.get_by_role("link", name=re.compile("^(triggered|resolved) #1")).click()
        expect(incidents.locator("p .status")).to_have_text("resolved")
        page.goto("about:blank")  # before the sandbox ends


def open_channel(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).click()


def messages(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages")
