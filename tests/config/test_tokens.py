from __future__ import annotations

import time

import pytest

from pdslack_cli.config.tokens import find_token, mask_tokens
from pdslack_cli.masking import add_secrets

SECRETS = [
    pytest.param("xoxb-1234567890-abcdefGHIJ", "a Slack token (xoxb…)", id="Slack bot"),
    pytest.param("xoxp-1234567890-1234-abcdef", "a Slack token (xoxp…)", id="Slack user"),
    pytest.param("xoxe.xoxp-1-Mi0yLTEyMzQ1", "a Slack token (xoxe…)", id="Slack rotating"),
    pytest.param("xoxe-1-My0xLTEyMzQ1", "a Slack token (xoxe…)", id="Slack refresh"),
    pytest.param("xapp-1-A0123-456-abcdef", "a Slack token (xapp…)", id="Slack app-level"),
    pytest.param("xwfp-12345-abcdef", "a Slack token (xwfp…)", id="Slack workflow"),
    pytest.param(
        "https://hooks.slack.com/services/T0/B0/abcdef", "a Slack webhook URL (hook…)", id="webhook"
    ),
    pytest.param("https://hooks.slack.com/triggers/T0/1/abc", "a Slack webhook URL (hook…)", id="trigger"),
    pytest.param("u+AbCdEf1GhIjKlMnOpQ", "a PagerDuty API key (u+Ab…)", id="PagerDuty user key"),
    pytest.param("y_NbAkKc66ryYTWUXYEu", "a PagerDuty API key (y_Nb…)", id="PagerDuty account key"),
    pytest.param("w_8PcNuhHa-y3xYdmc1x", "a PagerDuty API key (w_8P…)", id="PagerDuty key with a hyphen"),
    pytest.param("E7px6VVr3PVHZPJq51oa", "a PagerDuty API key (E7px…)", id="PagerDuty key without prefix"),
    pytest.param("pdus+_0XBPWQQ_abcdef-12", "a PagerDuty token (pdus…)", id="PagerDuty OAuth"),
    pytest.param("pdeu+_0XBPWQQ_abcdef-12", "a PagerDuty token (pdeu…)", id="PagerDuty OAuth in Europe"),
    pytest.param("0a1b2c3d4e5f60718293a4b5c6d7e8f9", "a PagerDuty integration key or", id="integration key"),
    pytest.param("R028DIE06SNKNO6V5ACSLRV7Y0TUVG7T", "a PagerDuty integration key (R028…)", id="routing key"),
    pytest.param(
        "https://events.pagerduty.com/integration/0a1b2c3d4e5f60718293a4b5c6d7e8f9/enqueue",
        "a PagerDuty integration URL (even…)",
        id="integration URL",
    ),
    pytest.param("AKIAIOSFODNN7EXAMPLE", "an AWS key (AKIA…)", id="AWS"),
    pytest.param("ghp_" + "aB3" * 12, "a GitHub token (ghp_…)", id="GitHub"),
    pytest.param("github_pat_" + "a1" * 20, "a GitHub token (gith…)", id="GitHub fine-grained"),
    pytest.param("glpat-abcdefABCDEF12345678", "a GitLab token (glpa…)", id="GitLab"),
    pytest.param("AIza" + "aB3-_" * 7, "a Google API key (AIza…)", id="Google"),
    pytest.param("eyJhbGciOiJI.eyJzdWIiOiIx.abc", "a JSON web token (eyJh…)", id="JSON web token"),
    pytest.param("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "a private key (----…)", id="private key"),
    pytest.param("-----BEGIN PRIVATE KEY-----\nMIIE\n", "a private key (----…)", id="PKCS 8"),
    pytest.param("Bearer abcdefghijklmnop1234", "a bearer token (Bear…)", id="bearer"),
    pytest.param("Token token=abcdefghijklmnopqrst", "a bearer token (Toke…)", id="PagerDuty header"),
    pytest.param("https://joe:hunter2@acme.example/x", "a password in a URL (joe:…)", id="password in a URL"),
]


@pytest.mark.parametrize(("secret", "found"), SECRETS)
@pytest.mark.parametrize("around", ["{}", "see {} there", "${{TOKEN:-{}}}", "'{}'"])
def test_a_secret_is_found_and_not_repeated(secret: str, found: str, around: str) -> None:
    token = find_token(around.format(secret))
    assert token.startswith(found)
    assert secret[8:] not in token


SHORTEST = ["xoxb-abcdef", "xapp-12345a", "xwfp-12345a", "hooks.slack.com/a/b", "pdus+abcdef", "ftp://a:b@"]


@pytest.mark.parametrize("secret", SHORTEST)
def test_the_shortest_secret_of_a_shape_is_found(secret: str) -> None:
    assert find_token(f"a {secret} b")


@pytest.mark.parametrize(("secret", "found"), SECRETS)
def test_a_secret_is_masked_in_a_line(secret: str, found: str) -> None:
    masked = mask_tokens(f'  headers: {{X-Key: "{secret}", other: 1}}')
    assert secret[12:] not in masked
    assert find_token(masked) == ""
    assert masked.startswith('  headers: {X-Key: "')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "payments",
        "maya@acme.example",
        "firstname.lastname+oncall@payments.acme.example",
        "payments@acme.pagerduty.com",
        "T0ACME",
        "U0123ABCD45",
        "PABC123",
        "Q0ZWYN0TR7MY0F",
        "01HZY4Q6C8T1X0WJ2E5N9K3M7B",
        "Europe/Berlin",
        "America/Argentina/ComodRivadavia",
        "2026-01-05T09:00:00",
        "https://wiki.acme.example/payments",
        "https://acme.atlassian.net/wiki/spaces/PAY/pages/123456789012/Runbook",
        "https://notion.so/acme/Runbook-0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "https://acme.example/?page=0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "https://app.slack.com/client/T0ACME/C0123456789",
        "https://api.slack.com/messaging/webhooks",
        "https://events.pagerduty.com/v2/enqueue",
        "https://${USER}:${PASSWORD}@acme.example/",
        "https://acme.example:8080/path@2",
        "d3b07384-d9a0-4f3b-8c21-0e8f3a1b2c3d",
        "pagerduty.com:incident-workflows:send-status-update:1",
        "uncharacteristically",
        "counterrevolutionary",
        "InternationalPayment",
        "PaymentsApiProd2026x",
        "Payments-API-2026-EU",
        "Payments API 2026 EU",
        "k8s-ec2x-payments-01",
        "K8s-Ec2x-Payment-EU1",
        "prod_core_alerts_2026",
        "u_payments_service_eu",
        "a+payments@acme.example",
        "12345678901234567890123456789012",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "REGIONALPAYMENTSPROCESSINGSYSTEM",
        "xapp-deployments",
        "xoxb-…",
        "Bearer ${TOKEN}",
        "Bearer of bad news about payments",
        "Token token=${PAGERDUTY_API_KEY}",
        "${PAGERDUTY_API_KEY}",
        "event.custom_details.region == 'eu' and event.summary matches regex '^[a-f0-9]{32}$'",
        "now in Mon,Tue,Wed 09:00:00 to 17:00:00 America/Los_Angeles",
        "CRITICAL: {{event.summary}} at {{event.custom_details.host}}",
    ],
)
def test_what_is_no_secret_passes(text: str) -> None:
    assert find_token(text) == ""
    assert mask_tokens(text) == text


@pytest.mark.slow
def test_a_long_text_is_searched_in_linear_time() -> None:
    # At each of these a careless pattern looks ahead over the whole text, which takes minutes.
    pieces = (
        "a",
        "a1",
        "u+",
        "://",
        "'a",
        "1,",
        "xapp-",
        "events.pagerduty.com/",
        "eyJ",
        "Bearer ",
        "-----BEGIN ",
        "a…",
        "\\",
    )
    add_secrets(["hush-hush-hush", "/hush", '"hush\\"', "\\hush"])
    start = time.perf_counter()
    for piece in pieces:
        find_token(piece * 30_000)
        mask_tokens(f"…{piece * 30_000}")
    assert time.perf_counter() - start < 20
