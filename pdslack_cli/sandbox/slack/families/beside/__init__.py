"""What stands beside messages: canvases and other files, calls, and invitations to other organisations."""
