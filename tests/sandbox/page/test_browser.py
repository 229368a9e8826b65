"""The page in a real browser: an event becomes an incident, phones ring, both products change together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Locator, Page, expect
from slack_sdk import WebClient

from pdslack_cli.config.load import load
from pdslack_cli.sandbox.server import Sandbox
from tests.sandbox.page.two_way import TwoWayService
from tests.support.fintech import FINTECH
from tests.support.runs import Runner

PICTURE = Path(__file__).parents[3] / "docs" / "sandbox.png"
CHANNEL = "payments-incidents"

pytestmark = pytest.mark.slow  # a browser takes a second for each test


@pytest.fixture(scope="module")
def applied() -> bytes:
    """The case study, applied; as a snapshot, for it takes seconds."""
    stack = load([FINTECH], {})
    with Sandbox() as sandbox:
        runner = Runner(sandbox)
        runner.seed(stack)
        runner.apply(stack)
        return sandbox.snapshot()


@pytest.fixture
def sandbox(applied: bytes) -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        sandbox.restore(applied)
        yield sandbox


@pytest.fixture
def fintech_page(sandbox: Sandbox, page: Page) -> Page:
    """The page, as Tom, who is in the channel."""
    page.goto(sandbox.url)
    page.get_by_label("Act as").select_option("tom")
    page.get_by_role("link", name=CHANNEL).click()
    return page


def send_event(page: Page, **fields: str) -> None:
    form = page.get_by_role("form", name="Send an event")
    form.get_by_label("Custom details").fill("service: payment-service")
    for label, value in fields.items():
        form.get_by_label(label.replace("_", " ")).fill(value)
    form.get_by_role("button", name="Send event").click()


def messages(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages")


def incident(page: Page) -> Locator:
    return page.get_by_role("article")


def phone(page: Page, owner: str) -> Locator:
    return page.get_by_role("listitem", name=f"Phone of {owner}", exact=True)


def on_call(page: Page) -> tuple[str, str]:
    """Who is on call for payments at the first level, and who is named at the second."""
    levels = page.locator("#on-call ol.levels").first.locator("b").all_inner_texts()
    return levels[0], levels[1]


def test_a_critical_event_is_seen_on_both_sides_and_escalates(sandbox: Sandbox, fintech_page: Page):
    page = fintech_page
    first, second = on_call(page)
    with TwoWayService(sandbox, f"#{CHANNEL}", "admin@sandbox.example"):
        send_event(page, Summary="Card payments fail")
        expect(incident(page)).to_contain_text("Card payments fail")
        expect(phone(page, first)).to_contain_text("Card payments fail")
        expect(messages(page)).to_contain_text(f"is triggered, assigned to {first}")
        page.get_by_role("button", name="Move the clock forward by 5 min").click()
        page.get_by_role("button", name="Move the clock forward by 5 min").click()
        expect(phone(page, second)).to_contain_text("Card payments fail")
        expect(messages(page)).to_contain_text(f"is triggered, assigned to {second}")
        take_picture(page)
        messages(page).get_by_role("button", name="Acknowledge").click()
        expect(messages(page)).to_contain_text("is acknowledged")
        expect(incident(page).locator("p .status")).to_have_text("acknowledged")
        incident(page).get_by_role("button", name="Resolve").click()
        expect(incident(page).locator("p .status")).to_have_text("resolved")
        expect(messages(page)).to_contain_text("is resolved")


def take_picture(page: Page) -> None:
    """The picture for people who have not seen the page yet, when somebody asks for it."""
    if os.environ.get("PDSLACK_PICTURES"):
        page.set_viewport_size({"width": 1280, "height": 1080})
        page.screenshot(path=PICTURE)


def test_a_modal_says_what_is_wrong_and_gives_the_focus_back(sandbox: Sandbox, fintech_page: Page):
    page = fintech_page
    with TwoWayService(sandbox, f"#{CHANNEL}", "admin@sandbox.example"):
        send_event(page)
        note = messages(page).get_by_role("button", name="Note")
        note.press("Enter")
        dialog = page.get_by_role("dialog", name="Note")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_have_text("Please complete this required field")
        dialog.get_by_label("Text").fill(" ")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_have_text("Write something")
        dialog.get_by_label("Text").fill("Looking into it")
        dialog.get_by_label("Text").press("Enter")
        expect(dialog).to_have_count(0)
        expect(note).to_be_focused()
        note.press("Enter")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_the_home_tab_is_what_the_app_published(sandbox: Sandbox, fintech_page: Page):
    page = fintech_page
    with TwoWayService(sandbox, f"#{CHANNEL}", "admin@sandbox.example"):
        page.get_by_role("button", name="pdslack", exact=True).click()
        home = page.get_by_role("form", name="App Home")
        expect(home).to_contain_text("0 incidents were posted")
        send_event(page)
        expect(incident(page)).to_be_visible()
        expect(home).to_be_visible()
        home.get_by_role("button", name="Note").click()
        dialog = page.get_by_role("dialog", name="Note")
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)
        page.get_by_role("link", name=CHANNEL).click()
        expect(home).to_have_count(0)


def test_the_keyboard_is_enough(sandbox: Sandbox, fintech_page: Page):
    """From the first stop of the tab key to an acknowledged incident, in Slack and in PagerDuty."""
    page = fintech_page
    page.reload()
    stops: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(NAME_OF_FOCUS))
        if stops[-1] == "Custom details":
            page.keyboard.type("service: payment-service")
        if stops[-1] == "Send event":
            break
    assert {"Skip to Slack", "Skip to PagerDuty", "Act as", "Faults", "pdslack", "Summary"} <= set(stops)
    page.keyboard.press("Enter")
    expect(incident(page)).to_be_visible()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate(NAME_OF_FOCUS) == "Acknowledge":
            break
    page.keyboard.press("Enter")
    expect(incident(page).locator("p .status")).to_have_text("acknowledged")


NAME_OF_FOCUS = """() => {
  const one = document.activeElement;
  const label = one.labels?.[0]?.firstChild?.textContent || one.getAttribute("aria-label");
  return (label || one.textContent).trim();
}"""


def test_what_is_being_typed_stays_while_the_page_changes(sandbox: Sandbox, fintech_page: Page):
    page = fintech_page
    draft = page.get_by_label(f"Message #{CHANNEL}")
    draft.press_sequentially("half a sen")
    sandbox.slack.people.write("maya", CHANNEL, "Somebody else was faster")
    expect(messages(page)).to_contain_text("Somebody else was faster")
    draft.press_sequentially("tence")
    expect(draft).to_be_focused()
    draft.press("Enter")
    expect(messages(page).get_by_text("half a sentence")).to_be_visible()
    expect(draft).to_have_value("")


def test_threads_and_messages_for_one_person(sandbox: Sandbox, fintech_page: Page):
    page = fintech_page
    ts = sandbox.slack.people.write("maya", CHANNEL, "Who takes it?")["ts"]
    row = page.locator(f"[id='m-{ts}']")
    row.get_by_role("link", name="Reply in thread").click()
    expect(page.get_by_label("Reply", exact=True)).to_be_focused()
    page.keyboard.type("I do")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Thread")).to_contain_text("I do")
    expect(row.get_by_role("link", name="1 reply")).to_be_visible()
    page.get_by_role("link", name="Close the thread").click()
    expect(page.get_by_role("complementary")).to_have_count(0)
    page.get_by_label(f"Message #{CHANNEL}").fill("/oncall")
    page.get_by_label(f"Message #{CHANNEL}").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("he app listens nowhere")


def test_whoever_was_chosen_acts_at_once(fintech_page: Page):
    """A link that is followed before the answer to the choice is followed as the one who was chosen."""
    person = fintech_page.get_by_label("Act as")
    person.evaluate("list => { list.value = [...list.options].find(one => one.label === 'maya').value; }")
    fintech_page.get_by_role("link", name="general").click()
    expect(fintech_page.get_by_role("heading", name="#general")).to_be_visible()
    assert f"as={person.input_value()}" in fintech_page.url


def test_what_is_clicked_while_the_sandbox_is_gone_is_told(fintech_page: Page):
    fintech_page.route("**/_page/*", lambda route: route.abort())
    fintech_page.get_by_role("button", name="Move the clock forward by 5 min").click()
    expect(fintech_page.get_by_role("alert")).to_contain_text("does not answer, so nothing was done")
    fintech_page.unroute("**/_page/*")


def test_faults_are_switched_on_and_off(sandbox: Sandbox, fintech_page: Page):
    page = fintech_page
    page.get_by_text("Faults", exact=True).click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Faults (1 on)")).to_be_visible()
    environment = sandbox.environment()
    headers = {"Authorization": f"Token token={environment['PAGERDUTY_API_KEY']}"}
    url = f"{environment['PAGERDUTY_API_URL']}/users"
    assert requests.get(url, headers=headers).status_code == 500
    page.get_by_role("button", name="Switch all off").click()
    expect(page.get_by_text("Faults", exact=True)).to_be_visible()
    assert requests.get(url, headers=headers).status_code == 200
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Switch on")).to_be_hidden()
    expect(page.get_by_text("Faults", exact=True)).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 700, 420])
def test_it_fits_and_can_be_read(sandbox: Sandbox, fintech_page: Page, width, scheme):
    page = fintech_page
    words = {"type": "plain_text", "text": "A-long-word-of-an-app"}
    kinds = ("external_select", "users_select", "datetimepicker")
    elements = [{"type": kind, "action_id": kind, "placeholder": words} for kind in kinds[:2]]
    elements += [{"type": kinds[2], "action_id": kinds[2]}]
    environment = sandbox.environment()
    slack = WebClient(environment["SLACK_BOT_TOKEN"], base_url=environment["SLACK_API_URL"])
    blocks = [{"type": "actions", "elements": elements}]
    slack.chat_postMessage(channel=f"#{CHANNEL}", text="x", blocks=blocks)
    send_event(page, Summary="A-summary-without-a-single-place-to-break-" * 5)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    expect(incident(page)).to_be_visible()
    for menu in ("#faults", "#more-acts"):
        page.locator(f"{menu} summary").click()
    expect(page.get_by_role("button", name="Look up")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(UNREADABLE) == []


CUT_OFF = """() => {
  const sides = (element) => element.getBoundingClientRect();
  return [...document.querySelectorAll("button, select, input, textarea, summary")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".visually-hidden"))
    .filter((one) => !one.matches(".visually-hidden, [type=hidden]"))
    .filter((one) => {
      const around = sides(one.closest(".slack") || document.documentElement);
      return sides(one).left < around.left || sides(one).right > around.right;
    })
    .map((one) => one.id || one.name || one.textContent.trim());
}"""
"""The controls of which a part is where nobody can scroll to."""


UNREADABLE = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(element).backgroundColor);
      if (a > 0.9) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return [...document.querySelectorAll("main *, header *")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.nodeValue.trim()))
    .filter((one) => one.checkVisibility())
    .map((one) => [one.className || one.nodeName, one.textContent.trim().slice(0, 30),
      contrast(luminance(channels(getComputedStyle(one).color).slice(0, 3)), luminance(ground(one)))])
    .filter(([, , ratio]) => ratio < 4.5);
}"""
"""The texts whose contrast is less than WCAG's level AA."""
