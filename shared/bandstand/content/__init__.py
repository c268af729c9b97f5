"""Shared by all kinds of content: pure functions and abstract models, independent of any concrete kind."""
