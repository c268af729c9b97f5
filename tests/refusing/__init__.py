"""Servers that are there but refuse: read-only, full, without a connection left."""
