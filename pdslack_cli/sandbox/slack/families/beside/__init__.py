"""Calls beside those of messages: canvases and other files, calls, and invitations to other organisations."""
