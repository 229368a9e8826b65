"""Routing without a network: conditions, event orchestrations, who is on call, test cases.

`pcl` parses and evaluates conditions, `lint` finds mistakes in rules, `simulate` routes an event through a
model and returns a trace, `testing` runs the test cases of a stack, and `replay` compares two models on past
alerts.
"""
