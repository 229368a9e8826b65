"""Settings of an extension: any JSON, of which only its schema knows the fields.

PagerDuty masks secrets among them. What is masked is equal to any text of the file; a secret that is readable
is compared, and never shown.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, SerializationInfo, WithJsonSchema

from pdslack_cli.kinds.fields.scalars import problem
from pdslack_cli.kinds.fields.secret import HIDDEN, HiddenText, SecretText

_SECRET_KEY = re.compile(
    r"passw|secret|token|credential|authorization|api[_-]?key|private[_-]?key", re.IGNORECASE
)
_MASK = re.compile(r"redacted|\*{3}|\u2022{3}|^[^\w\s]{3,}$", re.IGNORECASE)


class ExtensionSettings(dict[str, Any]):
    """Settings by name. A secret that only one side has is no difference: the vendor may leave it out."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dict):
            return NotImplemented
        common = self.keys() & other.keys()
        return _compared(self, common) == _compared(other, common)

    def __ne__(self, other: object) -> bool:
        return not self == other

    @property
    def secrets(self) -> dict[str, SecretText]:
        """Those that are secret themselves."""
        return {name: value for name, value in self.items() if isinstance(value, SecretText)}

    @property
    def hidden(self) -> set[str]:
        """The names of those that cannot be read, as a whole or in part."""
        return {name for name, value in self.items() if _is_hidden(value)}


def _is_hidden(value: Any) -> bool:
    if isinstance(value, dict | tuple):
        return any(map(_is_hidden, value.values() if isinstance(value, dict) else value))
    return isinstance(value, HiddenText)


def is_secret(name: str) -> bool:
    """Return whether a setting of that name is a secret."""
    return bool(_SECRET_KEY.search(name))


def _compared(settings: dict[str, Any], common: set[str]) -> dict[str, Any]:
    """Return the settings without the secrets that the other side lacks."""
    return {name: value for name, value in settings.items() if name in common or not is_secret(name)}


def read_settings(raw: dict[str, Any] | None) -> ExtensionSettings:
    """Return the settings as the vendor shows them; a secret that is null is none."""
    shown = {name: value for name, value in (raw or {}).items() if value is not None or not is_secret(name)}
    return ExtensionSettings({name: _read(value, name) for name, value in shown.items()})


def read_text(value: str | None) -> SecretText | None:
    """Return a text that may be masked; null for none."""
    return None if not value else HiddenText(value) if _MASK.search(value) else SecretText(value)


def _read(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _read(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return tuple(_read(inner, key) for inner in value)
    if not isinstance(value, str):
        return value
    if _MASK.search(value) or (is_secret(key) and not value):
        return HiddenText(value)
    return SecretText(value) if is_secret(key) else value


def sent_settings(value: Any) -> Any:
    """Return settings as the vendor takes them; what is hidden, and never sent, as the vendor shows it."""
    if isinstance(value, SecretText):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {name: sent_settings(inner) for name, inner in value.items()}
    return [sent_settings(inner) for inner in value] if isinstance(value, tuple) else value


def _written(value: Any) -> ExtensionSettings:
    if not isinstance(value, dict | None):
        # A text is JSON, as other tools take it: its secrets must not be shown.
        raise problem("expected a mapping", "write each setting as `name: value`, on a line of its own")
    return ExtensionSettings({name: _from_file(inner, name) for name, inner in (value or {}).items()})


def _from_file(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _from_file(inner, name) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_from_file(inner, key) for inner in value)
    return SecretText(value) if isinstance(value, str) and is_secret(key) else value


def _dumped(value: Any, info: SerializationInfo) -> Any:
    if isinstance(value, dict):
        return {name: _dumped(inner, info) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_dumped(inner, info) for inner in value]
    return HIDDEN if info.mode == "json" and isinstance(value, SecretText) else value


SettingsField = Annotated[
    ExtensionSettings,
    PlainValidator(_written),
    PlainSerializer(_dumped),
    WithJsonSchema({"type": ["object", "null"], "additionalProperties": {}}),
]
