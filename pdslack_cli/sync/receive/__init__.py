"""What arrives: webhooks, clicks and commands, each durable before it is answered."""
