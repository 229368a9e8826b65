"""`pdslack schema`: print the JSON Schema of the file, for editors."""

from __future__ import annotations

from pdslack_cli.config.schema import json_schema
from pdslack_cli.render.output.streams import echo_json


def schema() -> None:
    echo_json(json_schema())
