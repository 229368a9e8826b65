"""PagerDuty and Slack as one YAML file: plan the difference, apply it, prove the routing."""

__version__ = "0.2.0"
