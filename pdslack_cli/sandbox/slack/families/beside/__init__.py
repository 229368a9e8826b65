"""What stands beside messages: canvases and other files, and calls."""
