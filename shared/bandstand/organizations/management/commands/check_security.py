"""`manage.py check_security`: report security weaknesses in the database, the cache and the settings."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.organizations.hardening import weaknesses


class Command(BaseCommand):
    """Exit code 1 if there is a weakness, for automation."""

    help = "Say what is weaker than it should be, in the live database, the cache and the settings."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--except",
            dest="known",
            action="append",
            default=[],
            metavar="WORDS",
            help="Pass over what has these words in it; may be given several times.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        found = [line for line in weaknesses() if not any(words in line for words in options["known"])]
        for line in found:
            self.stderr.write(f"weak: {line}")
        if found:
            raise CommandError(f"{len(found)} things are weaker than they should be.")
        self.stdout.write("Nothing is weaker than it should be.")
