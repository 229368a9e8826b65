"""The base class of whatever looks into answers of the vendors."""

from __future__ import annotations

from abc import ABC
from inspect import isfunction
from typing import Any

from pdslack_cli.clients.http.vendor_json import reads_answers
from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.lenses.decoded import decodes


class AnswerReader(ABC):  # noqa: B024 - its kinds have abstract methods
    """Reports an answer of a shape that a public method cannot read as a MalformedAnswerError.

    The methods of `Section` look into files alone: theirs are left as they are.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, method in list(vars(cls).items()):
            if isfunction(method) and not name.startswith("_") and not hasattr(Section, name):
                setattr(cls, name, reads_answers(decodes(method) if name == "decode" else method))
