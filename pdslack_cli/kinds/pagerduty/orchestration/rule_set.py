"""Sets of rules that several paths share: text of the file, and no object of PagerDuty's."""

from __future__ import annotations

from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.pagerduty.orchestration.rules import RuleSet


class RuleSets(Section[RuleSet]):
    name, section, spec = "set", "sets", RuleSet
