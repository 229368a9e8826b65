"""What `validate` says of bad input, in a form that tests can list."""

from __future__ import annotations

HEAD = """\
owner: acme
slack: {workspace: T0ACME}
people: {maya: maya@acme.example, tom: tom@acme.example}
teams: {payments: {members: {manager: [maya]}}}
escalation_policies:
  on-call: {levels: [{notify: [person/maya], escalate_after: 15m}]}
"""
SERVICE = HEAD + "services:\n  api:\n    escalation_policy: on-call\n"


def told(cli, *files: str) -> list[str]:
    """What `validate` finds wrong, as an editor would list it; on both streams it is the same."""
    found = cli("validate", *files, "--format", "json", code=1)
    assert found.json["valid"] is False
    assert found.json["error_count"] == len(found.json["diagnostics"])
    printed = cli("validate", *files, code=1)
    assert printed.out == ""
    lines = []
    for diagnostic in found.json["diagnostics"]:
        place = ""
        if "range" in diagnostic:
            start = diagnostic["range"]["start"]
            place = f"{diagnostic['range']['filename']}:{start['line']}:{start['column']}: "
        assert f"{place}{diagnostic['summary']}" in printed.err
        assert diagnostic["detail"] in printed.err
        lines.append(f"{place.removeprefix('pdslack.yaml:')}{diagnostic['summary']} ({diagnostic['detail']})")
    return lines
