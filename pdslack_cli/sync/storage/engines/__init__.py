"""The two databases: SQLite for one process, PostgreSQL for several."""
