"""Rule sets shared by several paths: they exist in the file only, not at PagerDuty."""

from __future__ import annotations

from pdslack_cli.kinds.base.section import Section
from pdslack_cli.kinds.pagerduty.orchestration.rules import RuleSet


class RuleSets(Section[RuleSet]):
    name, section, spec = "set", "sets", RuleSet
