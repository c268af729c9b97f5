"""The product behind a real PgBouncer in transaction mode, with two server connections for everybody."""
