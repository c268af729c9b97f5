"""Backups of portals and of the platform: encrypted archives, restored and verified by management commands."""
