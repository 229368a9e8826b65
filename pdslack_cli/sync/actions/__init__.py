"""What people do to incidents from Slack, as themselves."""
