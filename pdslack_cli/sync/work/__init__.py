"""The work of the service: read incidents, render and send messages, retry failures, heal gaps."""
