"""The sandbox in other people's tests: a context manager and a pytest plugin."""
