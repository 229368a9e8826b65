"""What happens in an account at run time: events become alerts and incidents, people are paged, time passes.

Configuration is in `families/`, which calls this room for what a request sets in motion. Everything here runs
inside the transaction of a request or of a timer, and keeps its state in documents, so that a killed sandbox
goes on where it was.
"""
