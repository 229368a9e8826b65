"""The pretend Slack: one workspace, its people, channels, groups and messages, behind Slack's Web API."""

from pdslack_cli.sandbox.slack.web_api import SandboxSlack

__all__ = ["SandboxSlack"]
