"""OAuth clients of webhooks (pagerduty.md 9.1). No token is fetched to try them: the server is elsewhere."""

from __future__ import annotations

from typing import ClassVar

from pdslack_cli.model import Json
from pdslack_cli.sandbox.pagerduty.api import Api
from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, one_of, prose, text
from pdslack_cli.sandbox.pagerduty.refusals import PagerDutyRefusal
from pdslack_cli.sandbox.pagerduty.resource import RestResource

MOST = 10


class OAuthClientsApi(RestResource):
    """A client of an OAuth server."""

    name = "oauth_client"
    plural = "oauth_clients"
    path = "/webhook_subscriptions/oauth_clients"
    pages = False
    fields: ClassVar[Fields] = {
        "name": Field(text(255, shortest=1), required=True),
        "client_id": Field(text(255, shortest=1), required=True),
        "client_secret": Field(text(255, shortest=1), required=True),
        "scope": Field(prose(255)),
        "token_url": Field(text(255, pattern=r"https?://\S+"), required=True),
        "grant_type": Field(one_of("client_credentials"), required=True),
    }

    def selects(self, api: Api, document: Json) -> bool:
        """This list has no filters."""
        return True

    def checked(self, api: Api, new: Json, body: Json, old: Json | None) -> Json:
        """An account has few."""
        if old is None and len(api.all(self.name)) >= MOST:
            raise PagerDutyRefusal(400, "Product limit reached", 2019, ("OAuth clients limit exceeded",))
        return new | {"status": "active"}

    def deleted(self, api: Api, document: Json) -> None:
        """Webhooks go on without it."""
        for webhook in api.all("webhook_subscription"):
            if webhook.get("oauth_client_id") == document["id"]:
                api.replace("webhook_subscription", {**webhook, "oauth_client_id": None})

    def links(self, api: Api, document: Json) -> Json:
        """Return no links."""
        return {}

    def view(self, api: Api, document: Json) -> Json:
        """Without its secret."""
        shown = super().view(api, document)
        del shown["client_secret"]
        return shown
