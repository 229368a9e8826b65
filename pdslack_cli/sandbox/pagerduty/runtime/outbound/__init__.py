"""What leaves the account: webhooks, and the messages of PagerDuty's own Slack app."""
