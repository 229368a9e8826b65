"""Teams (pagerduty.md 3.1)."""

from __future__ import annotations

from typing import ClassVar

from pdslack_cli.sandbox.pagerduty.fields import Field, Fields, one_of, printable, prose
from pdslack_cli.sandbox.pagerduty.resource import Resource


class Teams(Resource):
    """Groups of people who own objects together."""

    name = "team"
    plural = "teams"
    path = "/teams"
    site = "/teams/{id}"
    by_name = True
    unique_name = True
    ability = "teams"
    fields: ClassVar[Fields] = {
        "type": Field(one_of("team"), required=True),
        "name": Field(printable(100), required=True),
        "description": Field(prose(1024)),
        "default_role": Field(one_of("manager", "none"), default="manager", nullable=False),
    }
