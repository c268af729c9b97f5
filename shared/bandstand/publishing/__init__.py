"""Publishes scheduled rows when their moment comes. Pages show them by then anyway; this is what follows from it."""
