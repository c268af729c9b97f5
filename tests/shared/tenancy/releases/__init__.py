"""Releases that never were: the product with a migration or two more. `settings` reads which from the environment."""
