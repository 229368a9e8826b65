"""OAuth clients: how PagerDuty gets the tokens that it sends with webhooks (pagerduty.md 9.1).

A client has no description, so its name carries the mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from pdslack_cli.kinds.base.doubt import Doubt
from pdslack_cli.kinds.base.quota import Quota
from pdslack_cli.kinds.base.spec import NAMED, Resource
from pdslack_cli.kinds.fields.limits import at_most
from pdslack_cli.kinds.fields.scalars import FILLED, TRIMMED, Text, Url
from pdslack_cli.kinds.fields.secret import WriteOnlyText, secret_at_most
from pdslack_cli.kinds.id_index import IdIndex
from pdslack_cli.kinds.pagerduty.base import PagerDutyKind
from pdslack_cli.model import Json, Live, Ref

_LONGEST = 255


class OAuthClient(Resource):
    """A client of an OAuth server, with whose tokens webhooks are sent."""

    name: Annotated[str, TRIMMED, FILLED, at_most(_LONGEST), NAMED] = ""
    client_id: Annotated[
        str, at_most(_LONGEST), FILLED, Field(description="what the OAuth server calls the client")
    ]
    client_secret: Annotated[
        WriteOnlyText | None,
        secret_at_most(_LONGEST),
        Field(description="its secret there; never read back, `rotate` sends it again"),
    ] = None
    token_url: Annotated[
        Url, at_most(_LONGEST), Field(description="where PagerDuty asks for a token, at each change too")
    ]
    scope: Annotated[Text, at_most(_LONGEST), Field(description="what it asks for: `read write`")] = ""


class OAuthClients(PagerDutyKind[OAuthClient]):
    name, section, spec = "oauth_client", "oauth_clients", OAuthClient
    path, wrapper, plural = "/webhook_subscriptions/oauth_clients", "oauth_client", "oauth_clients"
    paged = False
    marked_field = "name"
    mark_limit = _LONGEST
    sought_with = frozenset({"oauth_client"})
    write_only_fields = frozenset({"client_secret"})
    unwritable_defaults: ClassVar[Mapping[str, str]] = {"grant_type": "client_credentials"}

    def decode(self, live: Live, id_index: IdIndex) -> OAuthClient:
        raw = live.raw
        return OAuthClient.from_wire(
            name=live.name,
            client_id=raw["client_id"],
            client_secret=WriteOnlyText(""),
            token_url=raw["token_url"],
            scope=raw.get("scope"),
        )

    def encode(self, spec: OAuthClient, id_index: IdIndex, live: Live | None) -> Json:
        body: Json = spec.model_dump(include={"name", "client_id", "token_url", "scope"}, exclude_unset=True)
        if live is None:
            body["grant_type"] = "client_credentials"
        secret = spec.client_secret if "client_secret" in spec.model_fields_set else None
        if secret and secret.get_secret_value():
            body["client_secret"] = secret.get_secret_value()
        return body

    def quota(self, spec: OAuthClient) -> Quota:
        return Quota("OAuth clients", 10)

    def unfit(
        self, before: OAuthClient | None, after: OAuthClient, found: Mapping[Ref, Live]
    ) -> Iterator[Doubt]:
        if before is None and not after.client_secret:
            yield Doubt((), "a new OAuth client needs its `client_secret`", "add it", at_key=True)
