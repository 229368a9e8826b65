"""The two-way service: incidents and Slack messages kept in step (`pdslack serve`)."""
