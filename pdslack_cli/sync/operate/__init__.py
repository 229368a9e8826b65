"""What an operator sees: metrics, logs, parked work, the status page."""
