"""Extensions: what is written reads back, what is secret is never shown, and never lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.engine.change import Action
from pdslack_cli.engine.marking import plan_rotate
from pdslack_cli.errors import ConfigError
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.outbound.extension import OF_SERVICENOW, Extension, Extensions
from pdslack_cli.model import Name, Ref
from pdslack_cli.render.plan.as_json import plan_json
from pdslack_cli.render.plan.wording import change_lines
from tests.kinds.pagerduty.account import service
from tests.kinds.strategies import SERVICES, few, id_index, names
from tests.support.factories import mark

KIND = Extensions()
SCHEMAS = ("ServiceNow (v7)", "custom_incident_action")
values = st.recursive(
    st.sampled_from(["a", "", 3, 1.5, True, None]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
    max_leaves=4,
)
extensions = st.fixed_dictionaries(
    {"name": names, "schema": st.sampled_from(SCHEMAS), "services": few(SERVICES, least=1)},
    optional={"config": st.dictionaries(st.sampled_from(["target", "to", "x"]), values, max_size=3)},
)
with_secrets = st.fixed_dictionaries(
    {"name": names, "schema": st.sampled_from(SCHEMAS), "services": few(SERVICES, least=1)},
    optional={
        "endpoint": st.sampled_from([None, "https://a.acme.example/?key=a", "https://b.acme.example"]),
        "config": st.dictionaries(st.sampled_from(["target", "password", "x"]), values, max_size=3),
    },
)


def known_ids() -> IdIndex:
    known = id_index()
    for place, name in enumerate(SCHEMAS):
        known.add(Ref("extension_schema", Name(name)), f"PSCHEMA{place}")
    return known


@given(with_secrets, with_secrets)
def test_a_written_extension_reads_back_as_the_file_says(there, wanted):
    known = known_ids()
    blank = {"id": "PEXT", "endpoint_url": None, "config": None}
    before = KIND.live(blank | KIND.encode(Extension.model_validate(there), known, None))
    spec = Extension.model_validate(wanted).merged_onto(KIND.decode(before, known), before.read_at)
    after = KIND.live(before.raw | KIND.encode(spec, known, before))
    assert KIND.decode(after, known) == spec


def extension(fields: str, schema: str = "servicenow_v7", services: str = "[api]"):
    entry = f"{{name: Tickets, schema: {schema}, services: {services}, {fields}}}"
    return service(auth="  auth: {escalation_policy: first}", extensions=f"extensions: {{snow: {entry}}}")


def servicenow(password: str = "hush-hush", target: str = "a", more: str = ""):
    secret = f"snow_password: {password}, " if password else ""
    return extension(f"config: {{snow_user: pd, {secret}target: {target}}}{more}")


def kept(account):
    (document,) = account.sandbox.store.all("pagerduty.extension")
    return document


def test_its_name_carries_the_mark_and_its_secrets_are_in_no_plan(account):
    wanted = servicenow(more=", endpoint: 'https://acme.example/hush-hush'")
    plan = account.plan(wanted)
    lines = [line.text for change in plan.changes for line in change_lines(change)]
    assert "hush-hush" not in "\n".join(lines) + json.dumps(plan_json(plan))
    account.made(wanted)
    assert kept(account)["name"] == f"Tickets {mark('payments/snow', 'Tickets')}"
    assert kept(account)["config"] == {"snow_user": "pd", "snow_password": "hush-hush", "target": "a"}
    account.made(servicenow(more=", endpoint: 'https://acme.example/other'"))
    assert kept(account)["endpoint_url"] == "https://acme.example/other"


@pytest.mark.slow
def test_a_masked_secret_is_sent_again_with_any_change_and_by_rotate(account):
    account.made(servicenow())
    account.made(servicenow("second", target="b"))
    assert kept(account)["config"]["snow_password"] == "second"
    wanted = servicenow("third", target="b")
    account.made(wanted)
    plan = plan_rotate(wanted, account.read(wanted, account.clients(wanted)), ["extension/snow"])
    assert account.carry_out(plan, wanted).complete
    assert kept(account)["config"]["snow_password"] == "third"


@pytest.mark.slow
def test_settings_are_not_sent_without_a_secret_that_only_pagerduty_has(account):
    account.made(servicenow())
    account.made(servicenow(""))
    (problem,) = account.problems(servicenow("", target="b"))
    assert "snow_password cannot be read" in problem
    (problem,) = account.problems(extension("protect: false", services="[auth]"))
    assert "snow_password cannot be read" in problem
    wanted = servicenow("", target="b")
    (problem,) = plan_rotate(
        wanted, account.read(wanted, account.clients(wanted)), ["extension/snow"]
    ).problems
    assert "snow_password cannot be read" in problem.message
    account.made(servicenow("null", target="b"))
    assert kept(account)["config"] == {"snow_user": "pd", "snow_password": None, "target": "b"}


@pytest.mark.parametrize(
    "shown", ["--redacted--", "-- redacted --", "redacted", "********", "\u2022\u2022\u2022\u2022", "", None]
)
def test_however_pagerduty_masks_a_secret_it_is_no_change(shown):
    known = known_ids()
    spec = Extension.model_validate(
        {"schema": SCHEMAS[0], "services": ["api"], "config": {"password": "hush", "target": "a"}}
    )
    raw = {"id": "PEXT", "name": "n", **KIND.encode(spec, known, None)}
    for config in ({"password": shown, "target": "a"}, {"target": "a"}):
        before = KIND.decode(KIND.live(raw | {"config": config}), known)
        assert spec.merged_onto(before, KIND.live(raw).read_at).config == before.config
    readable = KIND.decode(KIND.live(raw | {"config": {"password": "other", "target": "a"}}), known)
    assert spec.config != readable.config


def test_another_schema_or_service_is_another_extension_and_keeps_what_the_file_leaves_out(account):
    account.made(extension("endpoint: 'https://a.acme.example', config: {x: 1}"))
    first = kept(account)
    wanted = extension("protect: false", services="[auth, api]")
    (change,) = [change for change in account.plan(wanted).changes if change.ref.kind == "extension"]
    assert change.action is Action.REPLACE
    account.made(wanted)
    assert kept(account)["id"] != first["id"]
    assert (kept(account)["endpoint_url"], kept(account)["config"]) == ("https://a.acme.example", {"x": 1})


@pytest.mark.slow
def test_one_of_the_same_name_elsewhere_is_not_taken_for_it(account):
    account.made(extension("config: {x: 1}"))
    account.sandbox.store.replace(
        "pagerduty.extension", kept(account)["id"], kept(account) | {"name": "Tickets"}
    )
    (problem,) = account.problems(extension("config: {x: 1}"))
    assert "--adopt" in problem or "exists" in problem
    account.made(extension("config: {x: 1}", services="[auth]"))
    assert len(account.sandbox.store.all("pagerduty.extension")) == 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"schema": "Slack"}, "only in its web interface"),
        ({"schema": "Generic V2 Webhook"}, "no longer supports"),
        ({"schema": "servicenow_v7", "config": dict.fromkeys(OF_SERVICENOW[1:], "a")}, "need snow_user"),
        ({"schema": "ServiceNow (v7)", "config": dict.fromkeys(OF_SERVICENOW, "a")}, "may not know 'a'"),
    ],
)
def test_what_pagerduty_may_refuse_is_a_warning(fields, message):
    doubts = [*KIND.doubts(Extension.model_validate({"services": ["api"], **fields}), {})]
    assert any(message in doubt.message for doubt in doubts)


def test_settings_as_json_are_refused_and_not_shown():
    with pytest.raises(ConfigError) as caught:
        extension('config: \'{"snow_password": "hush-hush"}\'')
    (problem,) = caught.value.problems
    assert problem.message == "config: expected a mapping"
    assert "hush" not in problem.hint


@pytest.mark.parametrize("schema", ["Generic V2 Webhook", "generic_v2_webhook"])
def test_a_new_generic_webhook_needs_its_address(schema):
    spec = Extension.model_validate({"schema": schema, "services": ["api"]})
    (doubt,) = KIND.unfit(None, spec, {})
    assert "needs its `endpoint`" in doubt.message
    assert [*KIND.unfit(spec, spec, {})] == []
