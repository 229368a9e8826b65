"""Detection of secrets: they must not be in a file, nor in any output."""

from __future__ import annotations

import re
from typing import NamedTuple

from pdslack_cli.config.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from pdslack_cli.errors import Location, Problem
from pdslack_cli.masking import hash_of, mask_secrets

TOKEN_KEYS = frozenset({"api_token", "bot_token", "pagerduty_token", "slack_token", "token"})
NO_TOKENS = "remove it: tokens come from the environment or `.env`, as `.env.example` names them"


class _Shape(NamedTuple):
    name: str
    pattern: re.Pattern[str]


def _alone(pattern: str) -> re.Pattern[str]:
    """A pattern for a key without a prefix, which must not be part of a longer text such as a URL."""
    return re.compile(rf"(?:(?<![^\s\"'(\[{{,])|(?<=:-)){pattern}(?![^\s\"')\]}},])")


# What is looked ahead for is bounded, or a long text would be read again from every word.
_MIXED_CASE = r"(?=\S{0,19}[A-Z])(?=\S{0,19}[a-z])"

_SHAPES = (
    _Shape("a Slack token", re.compile(r"\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{6,}")),
    _Shape("a Slack token", re.compile(r"\bx(?:app|wfp)-(?=[A-Za-z-]{0,60}\d)[A-Za-z0-9-]{6,}")),
    _Shape("a Slack webhook URL", re.compile(r"\bhooks\.slack(?:-gov)?\.com/[a-z]+/\S+")),
    _Shape("a PagerDuty token", re.compile(r"\bpd[a-z]{2}\+[A-Za-z0-9_+/=-]{6,}")),
    _Shape("a PagerDuty API key", _alone(r"[A-Za-z]\+[A-Za-z0-9_+-]{18}")),
    _Shape("a PagerDuty API key", _alone(_MIXED_CASE + r"(?=\S{2,19}\d)[A-Za-z]_[A-Za-z0-9_+-]{18}")),
    # Without a prefix: letters and digits alternate as in no name.
    _Shape("a PagerDuty API key", _alone(_MIXED_CASE + r"(?=[A-Za-z]*(?:\d+[A-Za-z]+){3})[A-Za-z0-9]{20}")),
    _Shape(
        "a PagerDuty integration key or a signing secret",
        _alone(r"(?=\S{0,31}\d)(?=\S{0,31}[A-Fa-f])(?:[0-9a-f]{32}|[0-9A-F]{32})"),
    ),
    _Shape("a PagerDuty integration key", _alone(r"(?=(?:[A-Z]*\d){3})R[0-9A-Z]{31}")),
    _Shape(
        "a PagerDuty integration URL",
        re.compile(r"\bevents\.(?:eu\.)?pagerduty\.com/\S{0,60}?/[0-9A-Za-z]{20,}[^\s\"']*"),
    ),
    _Shape("an AWS key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    _Shape("a GitHub token", re.compile(r"\b(?:gh[opsur]_[A-Za-z0-9]{30,}|github_pat_\w{20,})")),
    _Shape("a GitLab token", re.compile(r"\bglpat-[\w-]{16,}")),
    _Shape("a Google API key", re.compile(r"\bAIza[\w-]{35}")),
    _Shape("a JSON web token", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")),
    _Shape("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*")),
    _Shape("a bearer token", re.compile(r"\bBearer [\w.~+/=-]{16,}|\bToken token=[\w+-]{16,}")),
    _Shape("a password in a URL", re.compile(r"(?<=://)[^\s/:@${}]+:[^\s/@${}…]+(?=@)")),
)
_SHOWN = 4

# Every secret has a part like this, and most texts have none: one search is faster than one for each shape.
_CANDIDATE = re.compile(r"\S{11}|://|-----BEGIN")

# Too common in files to be refused there, and masked all the same.
_IN_QUERY = re.compile(
    r"([?&][\w.-]{0,40}(?:token|secret|password|passwd|signature|api_?key|auth)[\w.-]{0,40}=)(?!\$\{)"
    r"([^\s&#'\"]+)",
    re.IGNORECASE,
)


def find_token(text: str) -> str:
    """Return which secret `text` seems to contain, with its first characters only, or ""."""
    for shape in _SHAPES if _CANDIDATE.search(text) else ():
        found = shape.pattern.search(text)
        if found:
            return f"{shape.name} ({found.group()[:_SHOWN]}…)"
    return ""


def refuse_tokens(node: Node, problems: list[Problem]) -> None:
    """Add a problem for every literal value in `node` that looks like a secret.

    That of a key which no section has stands at the key: it goes as a whole, and is no second mistake.
    """
    if isinstance(node, MappingNode):
        for key, entry in node.entries.items():
            if key in TOKEN_KEYS and isinstance(entry.node, ScalarNode):
                _refuse_token(entry.node, entry.key, NO_TOKENS, problems)
            else:
                refuse_tokens(entry.node, problems)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            refuse_tokens(item, problems)
    else:
        _refuse_token(node, node.location, "set PDSLACK_VAR_name and write ${name} here", problems)


def _refuse_token(node: ScalarNode, place: Location, cure: str, problems: list[Problem]) -> None:
    if isinstance(node.value, str) and (token := find_token(node.value)):
        hint = f"{cure}; if it is real, revoke it now"
        problems.append(Problem(f"this looks like {token}", place, hint))


def mask_tokens(text: str, salt: str = "") -> str:
    """Mask known secrets, and what looks like a secret, in `text`.

    With a salt each mask is followed by a short hash, so that changes are visible.
    """
    return mask_shapes(mask_secrets(text, salt), salt)


def mask_shapes(text: str, salt: str = "") -> str:
    """Mask what looks like a secret in `text`, except its first characters."""
    for shape in _SHAPES if _CANDIDATE.search(text) else ():
        text = shape.pattern.sub(
            lambda found: f"{found.group()[:_SHOWN]}…{hash_of(found.group(), salt)}", text
        )
    return _IN_QUERY.sub(lambda found: f"{found[1]}…{hash_of(found[2], salt)}", text)
