"""The environment's variables by subject: their declarations, and what is asked of their values."""
