"""What happens in a workspace: people act, and the app hears of it (slack.md 7)."""
