"""Incident workflows at run time: what starts them, and what their steps do (pagerduty.md 8.1 and 8.3)."""
