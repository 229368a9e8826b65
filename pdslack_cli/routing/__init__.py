"""Rules without a network: PCL, event orchestrations, who is on call, test cases.

`pcl` and `sugar` read conditions, `lint` and `lint_rules` find their traps, `read_rules` reads path
documents, `model` is the world that an event meets, `orchestration.route` its way through it, `trace` what
came of it, `cases` and `run_cases` the tests of a stack; `alerts` are those of the past, `replay` sends them
through two worlds, `compare` tells what came out otherwise, and `bias` what that cannot show.
"""
