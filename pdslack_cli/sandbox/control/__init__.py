"""`/_sandbox`: what a test or a user may do to the sandbox that no vendor offers."""
