from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from urllib3.exceptions import SSLError

from pdslack_cli.clients.http.calls import ApiRequest, ApiResponse, NoAnswerError
from pdslack_cli.errors import ApiError
from tests.clients.scripted import Reply


def untrusted(code: int, reason: str) -> ssl.SSLCertVerificationError:
    failure = ssl.SSLCertVerificationError(
        1, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {reason} (_ssl.c:1006)"
    )
    failure.verify_code, failure.verify_message = code, reason
    return failure


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize(
    ("code", "reason", "cure"),
    [
        (18, "self-signed certificate", "inspects traffic to slack.example, set REQUESTS_CA_BUNDLE"),
        (20, "unable to get local issuer certificate", "set REQUESTS_CA_BUNDLE"),
        (10, "certificate has expired", "check this machine's clock and the certificate of slack.example"),
        (9, "certificate is not yet valid", "check this machine's clock"),
        (62, "Hostname mismatch", "another server answers at slack.example: check SLACK_API_URL"),
        (64, "IP address mismatch", "another server answers at slack.example: check SLACK_API_URL"),
    ],
)
def test_an_untrusted_certificate_is_final_and_names_the_host_and_the_cure(code, reason, cure, repeatable):
    none = NoAnswerError(SSLError(untrusted(code, reason)), unsent=False, host="slack.example")
    error = ApiRequest("slack", "POST", "chat.postMessage", repeatable).unanswered(none)
    assert type(error) is ApiError
    assert error.message == f"Slack could not be reached: certificate verify failed: {reason}"
    assert cure in error.hint


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
