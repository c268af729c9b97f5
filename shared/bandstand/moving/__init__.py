"""Moving portals between cells: installations of their own that share one platform. See docs/scaling.md."""
