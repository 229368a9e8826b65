"""Who did it: whom the pipeline names, else who runs the command."""

from __future__ import annotations

import os

import pytest

from pdslack_cli.engine.storage.audit import AuditLog


@pytest.mark.parametrize(
    ("environ", "who"),
    [
        pytest.param({"GITHUB_ACTOR": "maya"}, "maya", id="GitHub"),
        pytest.param({"GITLAB_USER_LOGIN": "tom"}, "tom", id="GitLab"),
        pytest.param({}, "root-or-somebody", id="a terminal"),
    ],
)
def test_actor_is_who_the_surroundings_name(environ, who, tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "root-or-somebody")

    assert AuditLog(tmp_path, environ).who == who


def test_user_without_a_name_is_named_by_number(tmp_path, monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987654)

    assert AuditLog(tmp_path, {}).who == "uid 987654"
