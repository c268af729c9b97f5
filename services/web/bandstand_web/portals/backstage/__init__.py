"""What the team sets of its portal: settings and design."""
