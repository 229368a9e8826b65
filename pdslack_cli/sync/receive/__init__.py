"""Receive webhooks, clicks and commands; each is stored durably before it is answered."""
