"""The tables that all kinds of content share; each is described in a module of its own."""

from bandstand.content.changes import Change
from bandstand.content.former_addresses import FormerAddress
from bandstand.content.search_entries import SearchEntry

__all__ = ["Change", "FormerAddress", "SearchEntry"]
