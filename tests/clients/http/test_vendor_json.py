"""An answer of another shape than the vendor documents is an error that names the call and the value."""

from __future__ import annotations

import copy
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from pdslack_cli.clients.http.calls import ApiRequest
from pdslack_cli.clients.http.vendor_json import MAX_DEPTH, VendorObject, entries, parsed, reads_answers
from pdslack_cli.errors import MalformedAnswerError
from tests.clients.scripted import Reply

CALL = ApiRequest("pagerduty", "GET", "/services", repeatable=True)

SERVICES = {
    "services": [
        {"name": "api", "teams": None, "at": "soon", "levels": [], "size": "many", "tags": ["a", None]},
        {"id": 7, "type": "novel", "teams": [{"id": "T1"}, None], "name": ["a"], "url": {"u": 1}},
    ]
}
MEANINGS = {"known": "a type we know"}


def services(text: str = json.dumps(SERVICES)) -> list[VendorObject]:
    found: list[VendorObject] = parsed(text, CALL)["services"]
    return found


@pytest.mark.parametrize(
    ("read", "what"),
    [
        pytest.param(lambda one, two: one["id"], "services[0].id is missing", id="missing"),
        pytest.param(lambda one, two: list(one["teams"]), "services[0].teams is null", id="null list"),
        pytest.param(lambda one, two: one["teams"]["id"], "services[0].teams is null", id="null object"),
        pytest.param(lambda one, two: one.get("teams").lower(), "services[0].teams is null", id="null text"),
        pytest.param(lambda one, two: two["id"].lower(), "services[1].id is a number", id="number"),
        pytest.param(lambda one, two: "x" + two["id"], "services[1].id is a number", id="number in a text"),
        pytest.param(lambda one, two: one["name"]["x"], "services[0].name is a text", id="text for object"),
        pytest.param(lambda one, two: two["name"]["x"], "services[1].name is a list", id="list for object"),
        pytest.param(lambda one, two: {two["name"]}, "services[1].name is a list", id="list for a key"),
        pytest.param(lambda one, two: {two["url"]}, "services[1].url is an object", id="object for a key"),
        pytest.param(lambda one, two: one["levels"][0], "services[0].levels is too short", id="empty"),
        pytest.param(lambda one, two: "".join(one["tags"]), "services[0].tags[1] is null", id="item"),
        pytest.param(
            lambda one, two: [team["id"] for team in two["teams"]], "services[1].teams[1] is null", id="entry"
        ),
        pytest.param(
            lambda one, two: MEANINGS[two["type"]],
            'services[1].type is "novel", which is unknown to pdslack',
            id="enumeration",
        ),
        pytest.param(
            lambda one, two: datetime.fromisoformat(one["at"]),
            'services[0].at is "soon", which pdslack cannot read',
            id="date",
        ),
        pytest.param(
            lambda one, two: int(one["size"]), 'services[0].size is "many", which pdslack cannot', id="digits"
        ),
        pytest.param(
            lambda one, two: (one | {"name": "b"})["id"], "services[0].id is missing", id="changed copy"
        ),
        pytest.param(
            lambda one, two: (one.get("teams"), one["name"], list(one["teams"])),
            "services[0].teams is null",
            id="after other reads",
        ),
    ],
)
def test_the_value_at_fault_is_named(read, what):
    one, two = services()

    with pytest.raises(MalformedAnswerError) as error:
        reads_answers(read)(one, two)

    assert error.value.message.startswith(f"PagerDuty's answer to GET /services: {what}")


@pytest.mark.parametrize(
    ("id_", "what"),
    [
        pytest.param(None, "is null, expected a text", id="null"),
        pytest.param("", "is empty", id="empty"),
        pytest.param(7, "is a number, expected a text", id="number"),
        pytest.param({}, "is an object, expected a text", id="object"),
    ],
)
def test_the_id_of_what_is_listed_is_a_text(id_, what):
    body = {"services": [{"id": "S1"}, {"name": "has none"}, {"id": id_}]}

    with pytest.raises(MalformedAnswerError) as error:
        entries(CALL, body, "services")

    assert error.value.message == f"PagerDuty's answer to GET /services: services[2].id {what}"


def test_a_generator_is_covered_while_it_runs():
    @reads_answers
    def names(objects):
        for one in objects:
            yield one["name"].lower()

    with pytest.raises(MalformedAnswerError, match=r"services\[1\]\.name is a list"):
        list(names(services()))


def test_a_failure_where_no_answer_was_read_is_a_defect_and_stays_one():
    @reads_answers
    def faulty() -> None:
        [].pop()

    with ThreadPoolExecutor(1) as fresh, pytest.raises(IndexError):
        fresh.submit(faulty).result()


def test_copies_are_plain_and_carry_nothing_of_the_answer():
    one, _ = services()

    for plain in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert plain == SERVICES["services"][0]
        assert type(plain) is dict


@pytest.mark.parametrize("brackets", [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 100_000])
def test_an_answer_that_is_nested_too_deep_is_no_json(brackets, depth):
    text = brackets[0] * depth + "1" + brackets[1] * depth

    with pytest.raises(ValueError, match="nested more than 100 levels"):
        parsed(text, CALL)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "-1e999", "9" * 5000])
def test_numbers_that_json_does_not_have_are_refused(number):
    with pytest.raises(ValueError, match=r"no number of JSON|too large|has 5,000 digits"):
        parsed(f'{{"a": {number}}}', CALL)


def test_half_of_a_surrogate_pair_is_no_text():
    text = r'{"a\udc00": ["cut \ud83d", "whole \ud83d\ude00", "\\ud83d"]}'
    assert parsed(text, CALL) == {"a?": ["cut ?", "whole \U0001f600", r"\ud83d"]}


@pytest.mark.parametrize("reply", [Reply(""), Reply({})], ids=["nothing", "an empty object"])
def test_an_answer_without_content_is_blamed_itself_and_not_the_one_before(pagerduty, vendor, reply):
    vendor.plays(Reply({"service": {"id": "P1"}}), reply)

    @reads_answers
    def created() -> str:
        pagerduty.get("/services/P1")["service"]["id"]
        return pagerduty.create("/teams", {"team": {}})["team"]["id"]

    with pytest.raises(MalformedAnswerError, match="answer to POST /teams: team is missing"):
        created()
