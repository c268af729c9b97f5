"""The media host, which serves all portals' prepared pictures and nothing else."""
