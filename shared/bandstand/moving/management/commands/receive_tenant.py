"""`manage.py receive_tenant`: the receiving side of a move; run by `move_tenant` in another cell."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from bandstand.database.connection import no_time_limits
from bandstand.moving.arriving import MoveReceiver
from bandstand.moving.talking import listen


class Command(BaseCommand):
    """Reads requests from standard input and answers on standard output."""

    requires_system_checks = ()  # the worker's settings lack what the checks of pages need
    help = "Answer move_tenant, which runs in another cell and calls this. Not for people."

    @no_time_limits()
    def handle(self, *_args: Any, **_options: Any) -> None:
        listen(sys.stdin.buffer, sys.stdout.buffer, MoveReceiver().answer)
