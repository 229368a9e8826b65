"""Webhooks, over the sandbox's PagerDuty."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pdslack_cli.analysis.lints import lint_stack
from pdslack_cli.engine.change import Action
from pdslack_cli.engine.storage.secrets import SecretStoreError
from pdslack_cli.errors import Severity
from pdslack_cli.kinds.pagerduty.outbound.webhook import KNOWN, Webhook
from pdslack_cli.model import Ref
from pdslack_cli.render.plan.wording import change_lines
from pdslack_cli.sandbox.faults import Fault
from tests.kinds.pagerduty.account import file
from tests.support.factories import mark

pytestmark = pytest.mark.slow_after(2)

URL = "https://sync.acme.example/hook"
SYNC = Ref("webhook", "sync")


def webhook(*fields: str, url: str = URL, events: str = "[incident.triggered]"):
    said = [f"url: '{url}'", f"events: {events}", *fields]
    if not any(field.startswith("from:") for field in fields):
        said.append("from: account")
    return file("webhooks:\n  sync:\n" + "".join(f"    {line}\n" for line in said))


def live(account):
    (found,) = account.pagerduty.list("/webhook_subscriptions", "webhook_subscriptions")
    return found


def secret(account):
    """The signing secret, which only the sandbox itself can still tell."""
    (document,) = account.sandbox.store.all("pagerduty.webhook_subscription")
    return document["_secret"]


# --- what a file may say -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "message", "hint"),
    [
        pytest.param("from", "payments-api", "not a reference", "service/KEY", id="bare key"),
        pytest.param("from", "person/maya", "not a reference", "service/KEY or team/KEY", id="a person"),
        pytest.param("events", ["incidnt.*"], "no event matches", "did you mean 'incident.*'?", id="glob"),
        pytest.param("events", [], "at least one event is required", "add some", id="no event"),
        pytest.param("headers", {"X Env": "a"}, "not a header name", "use letters", id="header"),
        pytest.param("headers", {"A": "1", "a": "2"}, "differ only in case", "keep one", id="same header"),
        pytest.param("url", "sync.acme.example", "not a web address", "it begins with", id="url"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_with_a_remedy(field, value, message, hint):
    fields = {"url": URL, "from": "account", "events": ["incident.triggered"], field: value}
    with pytest.raises(ValidationError) as caught:
        Webhook.model_validate(fields)
    (detail,) = caught.value.errors()
    assert message in detail["msg"]
    assert hint in detail["ctx"]["hint"]


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        pytest.param(["incident.*"], ["incident.*"], id="a family"),
        pytest.param(["*"], ["incident.*", "service.*"], id="all"),
        pytest.param(
            ["incident.resp*"], ["incident.responder.added", "incident.responder.replied"], id="some"
        ),
        pytest.param(
            ["service.deleted", "service.created"], ["service.created", "service.deleted"], id="set"
        ),
        pytest.param(["incident.invented"], ["incident.invented"], id="unknown to us"),
    ],
)
def test_globs_stand_for_the_events_that_are_known(said, printed):
    spec = Webhook.model_validate({"url": URL, "from": "account", "events": said})
    assert "*" not in "".join(spec.events)
    assert spec.model_dump(mode="json")["events"] == printed


def test_an_event_that_is_unknown_to_us_is_only_warned_of(account):
    stack = webhook(events="[incident.trigered]")
    (problem,) = lint_stack(stack)
    assert (problem.severity, problem.summary, problem.hint) == (
        Severity.WARNING,
        "'incident.trigered' is not a known event; PagerDuty may refuse it",
        "did you mean 'incident.triggered'?",
    )
    (change,) = account.plan(stack).changes
    assert change.after.events == ("incident.trigered",)


# --- the secret --------------------------------------------------------------------------------------


def test_the_signing_secret_goes_to_the_store_and_nowhere_else(account):
    account.made(webhook())
    assert account.secrets.kept == {(SYNC, "secret"): secret(account)}


def test_what_headers_say_is_sent_but_never_shown(account):
    wanted = webhook("headers: {Authorization: hush-hush}")
    (change,) = account.plan(wanted).changes
    shown = "\n".join(
        [*(line.text for line in change_lines(change)), repr(change), str(change.after_content)]
    )
    assert "hush-hush" not in shown
    assert "(sensitive value)" in shown
    account.made(wanted)
    (document,) = account.sandbox.store.all("pagerduty.webhook_subscription")
    assert document["delivery_method"]["custom_headers"] == [{"name": "Authorization", "value": "hush-hush"}]


class BrokenStore:
    def store(self, ref, name, value):
        raise SecretStoreError("the disk is full")


def test_a_secret_that_could_not_be_stored_fails_its_change(account):
    account.secrets = BrokenStore()
    (result,) = account.apply(webhook()).results
    assert str(result.error) == "the disk is full"


def test_a_lost_answer_loses_the_secret_and_the_next_apply_makes_another_one(account):
    account.sandbox.faults.add(Fault("lost", method="POST", path="/webhook_subscriptions"))
    report = account.apply(webhook())
    (result,) = report.results
    assert str(result.error).startswith("its secret was in an answer that got lost")
    assert account.secrets.kept == {}
    assert live(account)["description"] == "[pdslack:payments/sync:?]"
    (change,) = account.plan(webhook()).changes
    assert change.action is Action.REPLACE
    account.made(webhook())
    assert account.secrets.kept == {(SYNC, "secret"): secret(account)}
    assert live(account)["description"] == mark("payments/sync", live(account)["delivery_method"]["url"])


# --- changes -----------------------------------------------------------------------------------------


def test_a_new_url_makes_a_new_webhook_with_a_new_secret(account):
    account.made(webhook())
    before, old_secret = live(account)["id"], secret(account)
    wanted = webhook(url="https://sync.acme.example/other")
    (change,) = account.plan(wanted).changes
    assert (change.action, change.fields) == (Action.REPLACE, ("url",))
    account.made(wanted)
    assert live(account)["id"] != before
    assert account.secrets.kept == {(SYNC, "secret"): secret(account)}
    assert secret(account) != old_secret


@pytest.mark.parametrize("fault", ["POST", "DELETE"])
def test_a_new_url_that_was_cut_off_is_finished_by_the_next_apply(account, fault):
    account.made(webhook())
    wanted = webhook(url="https://sync.acme.example/other")
    account.sandbox.faults.add(Fault("403", method=fault, path="/webhook_subscriptions"))
    assert not account.apply(wanted).complete
    account.made(wanted)
    assert live(account)["description"] == mark("payments/sync", "https://sync.acme.example/other")
    assert account.secrets.kept == {(SYNC, "secret"): secret(account)}


@pytest.mark.parametrize("state", ["?", "abc?", "abc?!"])
def test_an_unfinished_mark_in_another_webhook_deletes_nothing(account, state):
    account.made(webhook())
    ours = account.sandbox.store.all("pagerduty.webhook_subscription")[0]
    strangers = "https://others.example/hook"
    other = {**ours, "id": "PSTRANGER", "description": f"Theirs [pdslack:payments/sync:{state}]"}
    other["delivery_method"] = {**ours["delivery_method"], "url": strangers}
    account.sandbox.store.insert("pagerduty.webhook_subscription", "PSTRANGER", other)
    plan = account.plan(webhook())
    assert plan.changes == ()
    assert any("PSTRANGER" in notice for notice in plan.notices)


@pytest.mark.slow
def test_headers_are_told_apart_by_their_names_alone(account):
    account.made(webhook("headers: {X-Env: prod}"))
    assert account.plan(webhook("headers: {x-env: test}")).changes == ()
    (change,) = account.plan(webhook("headers: {X-Env: prod, X-Team: a}")).changes
    assert (change.action, change.fields) == (Action.REPLACE, ("headers",))
    account.made(webhook("headers: null"))
    assert live(account)["delivery_method"]["custom_headers"] == []


def test_a_new_url_keeps_the_headers_of_the_file(account):
    account.made(webhook("headers: {X-Env: prod}"))
    account.made(webhook("headers: {X-Env: prod}", url="https://sync.acme.example/other"))
    (document,) = account.sandbox.store.all("pagerduty.webhook_subscription")
    assert document["delivery_method"]["custom_headers"] == [{"name": "X-Env", "value": "prod"}]


def test_headers_that_nobody_can_read_back_stand_in_the_way_of_a_new_url(account):
    account.made(webhook("headers: {X-Env: prod}"))
    (problem,) = account.problems(webhook(url="https://sync.acme.example/other"))
    assert "the headers of the old one (X-Env) cannot be read: name them under `headers`" in problem


def test_events_and_source_change_in_place(account):
    service = "services: {api: {escalation_policy: first}}"
    account.made(webhook())
    before = live(account)["id"]
    account.made(file(service, "webhooks: {sync: {url: '" + URL + "', from: service/api, events: ['*']}}"))
    assert live(account)["id"] == before
    assert live(account)["filter"] == {"id": account.service("api")["id"], "type": "service_reference"}
    assert set(live(account)["events"]) == KNOWN


def test_an_unmarked_webhook_of_the_same_url_and_source_is_adopted(account):
    method = {"type": "http_delivery_method", "url": URL}
    body = {
        "delivery_method": method,
        "events": ["incident.triggered"],
        "filter": {"type": "account_reference"},
    }
    typed = {"type": "webhook_subscription", **body}
    account.pagerduty.create("/webhook_subscriptions", {"webhook_subscription": typed})
    assert "pdslack does not manage" in account.problems(webhook())[0]
    account.made(webhook(), adopt=True)
    assert live(account)["description"] == mark("payments/sync", live(account)["delivery_method"]["url"])
