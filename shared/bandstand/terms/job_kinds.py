"""Kinds of jobs about terms."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Scope


@dataclass(frozen=True)
class MailTerms:
    """`after` is the number of the last owner whose email is written."""

    terms_id: int
    is_reminder: bool = False
    after: int = 0


MAIL_TERMS = Kind("terms.mail", MailTerms, title=_("Tell owners of new terms"), queue=Queue.BULK, scope=Scope.PLATFORM)
