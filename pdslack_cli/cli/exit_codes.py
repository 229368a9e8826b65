"""The exit codes of a command, beside 0."""

FAILED = 1
CHANGES = 2  # with --detailed-exitcode: the plan has changes
INTERRUPTED = 130  # as a shell tells SIGINT
