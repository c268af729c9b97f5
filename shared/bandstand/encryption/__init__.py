"""Encryption of secrets at rest, with keys that aren't in the database."""
