"""Every family of PagerDuty's API that the sandbox knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from werkzeug.routing import Map

from pdslack_cli.sandbox.pagerduty.families import account
from pdslack_cli.sandbox.pagerduty.families.teams import Teams
from pdslack_cli.sandbox.pagerduty.resource import Resource

RESOURCES: Sequence[Resource] = (Teams(),)

KINDS: Mapping[str, Resource] = {type_: kind for kind in RESOURCES for type_ in (kind.types or (kind.name,))}
"""The resource behind each type that a reference may have."""

ROUTES = Map(
    [*chain.from_iterable(kind.rules() for kind in RESOURCES), *account.RULES],
    default_subdomain="api",
    merge_slashes=False,
)
"""What each host answers: the REST API as `api`, the others under their own subdomain."""
