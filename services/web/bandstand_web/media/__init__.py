"""The media host: prepared pictures of all portals, and nothing else."""
