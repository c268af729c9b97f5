"""Secrets at rest: readable with a key that isn't in the database."""
