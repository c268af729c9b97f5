"""A release with a data migration, for tests: settings and the migration."""
