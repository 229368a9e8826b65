"""What the commands share that read a stack or call the vendors: files, session, plan, apply."""
