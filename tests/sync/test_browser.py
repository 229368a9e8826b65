"""In a real browser: the sandbox's page and the service, from an event to the summary in the thread."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.sandbox.page.conftest import browser, page
from tests.sync.world import CHANNEL, FastClock
from tests.sync.world import world as running_world

__all__ = ["browser", "page"]


@pytest.mark.slow
def test_both_sides_change_together(page: Page, tmp_path):
    with running_world(tmp_path, clock=FastClock(20)) as world:
        page.goto(world.sandbox.url)
        page.get_by_label("Act as").select_option("maya")
        page.get_by_role("link", name=CHANNEL).click()
        form = page.get_by_role("form", name="Send an event")
        form.get_by_label("Summary").fill("Card payments fail")
        form.get_by_role("button", name="Send event").click()

        messages, incident = page.get_by_role("log", name="Messages"), page.get_by_role("article")
        status = incident.locator("p .status")
        expect(messages).to_contain_text("Card payments fail")
        for name in ("Acknowledge", "Resolve", "Escalate"):
            expect(messages.get_by_role("button", name=name)).to_be_visible()

        messages.get_by_role("button", name="Acknowledge").click()
        expect(status).to_have_text("acknowledged")
        expect(messages).to_contain_text("Acknowledged")
        expect(messages.get_by_role("button", name="Acknowledge")).to_have_count(0)

        incident.get_by_role("button", name="Resolve").click()
        expect(status).to_have_text("resolved")
        expect(messages).to_contain_text("Resolved")
        expect(messages.get_by_role("button", name="Resolve")).to_have_count(0)
        messages.get_by_role("link", name="replies").click()
        thread = page.get_by_role("complementary", name="Thread")
        for text in ("Acknowledged by maya", "Resolved by", "Summary"):
            expect(thread).to_contain_text(text)
        page.goto("about:blank")  # it would miss the sandbox
