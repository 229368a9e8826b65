"""The page (`/`): Slack as people see it beside PagerDuty, kept up to date while both change.

It reads the documents of the store and acts through the vendors' runtime, as a client could; nothing that the
vendors do depends on it.
"""
