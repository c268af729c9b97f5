"""`manage.py check_proxy`: say whether a reverse proxy in front of web breaks forms, and what mends it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.organizations.proxy_check import check_proxy


class Command(BaseCommand):
    """Exit code 1 if the proxy changes what it mustn't, for automation."""

    requires_system_checks = ()
    help = "Send requests through the proxy in front of web, and say what it gets wrong and which lines mend it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "address", nargs="?", default=settings.PUBLIC_URL, help="as visitors type it; the platform's by default"
        )
        parser.add_argument("--connect-to", default="", metavar="HOST:PORT", help="instead of where DNS leads")

    def handle(self, *_args: Any, **options: Any) -> None:
        address = options["address"].rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise CommandError(f"“{address}” isn't an address like https://bands.example.org:8443.")
        finding = check_proxy(address, connect_to=options["connect_to"])
        if finding is not None:
            raise CommandError(f"{finding.problem}\n{finding.remedy}".rstrip())
        self.stdout.write(f"{address} is passed on with its name, port and scheme: forms work.")
