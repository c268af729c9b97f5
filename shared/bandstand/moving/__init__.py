"""Moves portals between cells, which are separate installations that share one platform. See docs/scaling.md."""
