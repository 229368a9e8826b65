"""What the service reads from PagerDuty and Slack, and what it posts."""
