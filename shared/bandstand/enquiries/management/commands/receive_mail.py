"""`manage.py receive_mail`: take an email that a mail server pipes, and put it into the thread it belongs to."""

from __future__ import annotations

import os
import sys
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bandstand.enquiries.answering import NoSuchThreadError, ThreadAwayError, ThreadIsFullError, mail_receive
from bandstand.enquiries.incoming_mail import MOST_BYTES, UnreadableMailError, mail_read

log = structlog.get_logger("bandstand.enquiries")


class Command(BaseCommand):
    """Ends with one of sysexits.h's codes, by which mail servers know what to tell the sender."""

    requires_system_checks = ()  # a mail waits for it
    help = "Read an email from standard input, as mail servers pipe them, and put it into its thread."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("recipient", nargs="?", default="", help="the envelope's recipient; default: the headers'")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run it."""
        try:
            mail_receive(mail_read(sys.stdin.buffer.read(MOST_BYTES + 1)), recipient=options["recipient"])
        except UnreadableMailError as problem:
            raise CommandError(f"This email isn't taken: {problem}.", returncode=os.EX_DATAERR) from None
        except NoSuchThreadError:
            raise CommandError("There is no such address.", returncode=os.EX_NOUSER) from None
        except ThreadIsFullError:
            raise CommandError("Too many emails came to this address.", returncode=os.EX_UNAVAILABLE) from None
        except ThreadAwayError:
            raise CommandError("Please try again later.", returncode=os.EX_TEMPFAIL) from None
        except Exception:  # the mail server keeps the mail and tries again
            log.exception("mail couldn't be stored")
            raise CommandError("Please try again later.", returncode=os.EX_TEMPFAIL) from None
