"""The non-zero exit codes of a command."""

FAILED = 1
CHANGES = 2  # with --detailed-exitcode: the plan has changes
HOLES = 2  # of `coverage`
INTERRUPTED = 130  # as a shell tells SIGINT
