"""An export of any account validates, adopts all of it and changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdslack_cli.render.yaml import yaml_document, yaml_files
from tests.export.account import Accounts
from tests.export.account_drawn import generate
from tests.export.account_grown import grow
from tests.export.exports import exported, loaded, proved

pytestmark = pytest.mark.slow_after(2)

# --- the promise -----------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_account_is_adopted_as_it_is(sandbox, tmp_path_factory, data):
    sandbox.reset()
    generate(data.draw, Accounts(sandbox))
    proved(sandbox, tmp_path_factory.mktemp("export"))


@pytest.mark.slow
def test_an_account_that_grew_for_years_is_adopted_as_it_is(sandbox, tmp_path):
    sandbox.reset()
    accounts = Accounts(sandbox)
    grow(accounts, 120)  # more than one page of a list
    assert len(accounts.all("service")) > 110
    assert len(accounts.all("routing")) == 5

    text = proved(sandbox, tmp_path)

    # None is missing but those of which it says so, each on a line of its own.
    services = [entry for entry in exported(sandbox).entries if entry.section == "services"]
    assert len(services) == len(sandbox.store.all("pagerduty.service")) - text.count("#   service ")


@pytest.mark.slow
def test_the_files_of_a_folder_say_the_same_as_one_document(sandbox, tmp_path):
    sandbox.reset()
    grow(Accounts(sandbox), 60)
    found = exported(sandbox)
    one = tmp_path / "one"
    one.mkdir()
    whole = loaded({"pdslack.yaml": yaml_document(found)}, one)

    for by in ("section", "team"):
        files = yaml_files(found, by)  # type: ignore[arg-type]
        (tmp_path / by).mkdir()
        assert loaded(dict(files), tmp_path / by).specs == whole.specs
        assert len(files) > 4
