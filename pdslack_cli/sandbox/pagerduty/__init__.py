"""The simulated PagerDuty."""

from pdslack_cli.sandbox.pagerduty.app import SandboxPagerDuty as SandboxPagerDuty
