"""Analytics of the account's own incidents (pagerduty.md 13)."""
