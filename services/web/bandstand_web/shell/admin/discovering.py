"""Finds what the rooms register with the two admin sites."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from django.contrib.admin import AdminSite

import bandstand_web


def discovered(site: AdminSite) -> AdminSite:
    """Return `site` after importing each room's `admin` module, or the modules of its `admin` package.

    Django's own discovery goes through installed apps, which rooms aren't.
    """
    for found in pkgutil.walk_packages(bandstand_web.__path__, "bandstand_web."):
        if found.name.split(".")[2:3] == ["admin"]:
            import_module(found.name)
    return site
