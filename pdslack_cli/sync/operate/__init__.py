"""Operations: metrics, logs, parked work, the status page."""
