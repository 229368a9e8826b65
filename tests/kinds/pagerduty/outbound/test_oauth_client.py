"""OAuth clients of webhooks: what is written reads back, the secret is shown nowhere, webhooks name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.engine.marking import plan_rotate
from pdslack_cli.kinds.pagerduty.outbound.oauth_client import OAuthClient, OAuthClients
from pdslack_cli.render.plan.wording import change_lines
from tests.kinds.pagerduty.account import file
from tests.kinds.strategies import id_index, names
from tests.support.factories import mark

KIND = OAuthClients()
oauth_clients = st.fixed_dictionaries(
    {
        "name": names,
        "client_id": st.sampled_from(["a", "b"]),
        "token_url": st.sampled_from(["https://a.acme.example", "https://b.acme.example"]),
    },
    optional={"scope": st.sampled_from(["", "read", None]), "client_secret": st.just("hush")},
)


@given(oauth_clients, oauth_clients)
def test_a_written_client_reads_back_as_the_file_says(there, wanted):
    known, spec = id_index(), OAuthClient.model_validate(wanted)
    blank = {"id": "AG1", "scope": None}
    before = KIND.live(blank | KIND.encode(OAuthClient.model_validate(there), known, None))
    after = KIND.live(before.raw | KIND.encode(spec, known, before))
    assert KIND.decode(after, known) == spec.merged_onto(KIND.decode(before, known), before.read_at)


def client(secret: str = "hush-hush"):
    return (
        f"oauth_clients: {{status: {{name: Status page, client_id: pd, client_secret: {secret}, "
        "token_url: 'https://login.acme.example'}}"
    )


def webhook(client: str, url: str = "https://a.acme.example"):
    return f"webhooks: {{a: {{url: '{url}', from: account, events: [incident.triggered], {client}}}}}"


def documents(account, kind):
    return account.sandbox.store.all(f"pagerduty.{kind}")


def test_its_name_carries_the_mark_and_its_secret_is_sent_once_and_by_rotate(account):
    (change,) = account.plan(file(client())).changes
    assert "hush-hush" not in "\n".join(line.text for line in change_lines(change))
    account.made(file(client()))
    (document,) = documents(account, "oauth_client")
    assert document["name"] == f"Status page {mark('payments/status', 'Status page')}"
    wanted = file(client("other-secret"))
    account.made(wanted)
    plan = plan_rotate(wanted, account.read(wanted, account.clients(wanted)), ["oauth_client/status"])
    assert account.carry_out(plan, wanted).complete
    (document,) = documents(account, "oauth_client")
    assert document["client_secret"] == "other-secret"


@pytest.mark.slow
def test_a_webhook_has_a_client_keeps_it_when_it_is_replaced_and_loses_it(account):
    account.made(file(client(), webhook("oauth_client: status")))
    (document,) = documents(account, "oauth_client")
    account.made(file(client(), webhook("active: true", url="https://b.acme.example")))
    assert [each["oauth_client_id"] for each in documents(account, "webhook_subscription")] == [
        document["id"]
    ]
    account.made(file("oauth_clients: {}", webhook("oauth_client: null", url="https://b.acme.example")))
    assert documents(account, "oauth_client") == []


def test_a_new_client_needs_its_secret():
    spec = OAuthClient.model_validate({"client_id": "a", "token_url": "https://a.acme.example"})
    (doubt,) = KIND.unfit(None, spec, {})
    assert "needs its `client_secret`" in doubt.message
