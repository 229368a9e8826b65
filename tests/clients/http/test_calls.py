from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from urllib3.exceptions import SSLError

from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse
from pdslack_cli.errors import ApiError
from tests.clients.scripted import Reply

UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")


@pytest.mark.parametrize("repeatable", [True, False])
def test_an_untrusted_certificate_is_final_and_names_the_cure(repeatable):
    error = ApiRequest("slack", "POST", "chat.postMessage", repeatable).unanswered(SSLError(UNTRUSTED))
    assert type(error) is ApiError
    assert "self-signed" in error.message
    assert "REQUESTS_CA_BUNDLE" in error.hint


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("30", 30),
        ("0.5", 0.5),
        ("1e9", 1e9),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("9" * 400, None),
        ("Wed, 21 Oct 2026", None),
    ],
)
def test_a_header_is_a_number_or_nothing(value, number):
    assert ApiResponse(200, {"retry-after": value}, {}, "", "").number("retry-after") == number


@pytest.mark.parametrize("provider", ["pagerduty", "slack"])
def test_the_vendors_clock_is_known_by_its_last_dated_answer(provider, pagerduty, slack, vendor):
    def dated(**ahead: float) -> Reply:
        moment = datetime.now(UTC) + timedelta(**ahead)
        return Reply({"ok": True}, 200, {"Date": format_datetime(moment, usegmt=True)})

    client = pagerduty if provider == "pagerduty" else slack
    ask = {"pagerduty": lambda: pagerduty.get("/teams"), "slack": lambda: slack.call("auth.test")}[provider]
    vendor.plays(
        dated(hours=-1), dated(hours=3), Reply({"ok": True}), Reply({"ok": True}, 200, {"Date": "-"})
    )
    assert client.clock_ahead is None
    ask()
    assert abs(client.clock_ahead + timedelta(hours=1)) < timedelta(seconds=30)
    for _ in range(3):
        ask()
    assert abs(client.clock_ahead - timedelta(hours=3)) < timedelta(seconds=30)


@pytest.mark.slow
@pytest.mark.parametrize("value", ["{}", "[]", "1"])
def test_an_answer_has_a_limited_number_of_values(slack, vendor, value):
    vendor.plays(Reply(f'{{"ok": true, "members": [{",".join([value] * 600_000)}]}}'))
    with pytest.raises(ApiError, match=r"answer to users.list has more than 500,000 values"):
        slack.list("users.list", "members")


@pytest.mark.parametrize("text", ["word " * 100_000, ["word"] * 100_000])
def test_what_a_vendor_says_is_shown_as_far_as_a_person_reads(pagerduty, vendor, text):
    vendor.plays(Reply({"error": {"message": "no", "errors": text}}, 400))
    with pytest.raises(ApiError, match=r"with 400: no: word") as raised:
        pagerduty.get("/services")
    assert len(raised.value.message) < 5000
