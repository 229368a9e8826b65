"""YAML as editors read, write and check it, apart from our own reader: dates are text. libyaml is fast."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from pdslack_cli.config.schema import json_schema

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Loader(LOADER):
    yaml_implicit_resolvers = {  # noqa: RUF012 -- PyYAML's own way
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith("timestamp")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read(text: str) -> Any:
    return yaml.load(text, _Loader)


dump = partial(yaml.dump, Dumper=DUMPER)


@cache
def schema_checker() -> Draft202012Validator:
    """The check of a file by our JSON Schema, which takes long to make."""
    return Draft202012Validator(json_schema())
