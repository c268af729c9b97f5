"""The one way out: how addresses that people typed are asked, and what can't be asked that way."""
