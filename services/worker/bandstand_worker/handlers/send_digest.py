"""Mails owners and managers each morning what happened in their portal."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from bandstand.accounts import roles
from bandstand.digest.collecting import digest_collect
from bandstand.digest.job_kinds import SEND_DIGEST, SendDigest
from bandstand.mail.sending import send_template
from bandstand.mail.unsubscribing import unsubscribe_url_for
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(SEND_DIGEST)
def send_digest(payload: SendDigest, run: Run) -> dict[str, int]:
    """Mail the previous day's digest to each owner and manager; send nothing when there is no news."""
    due = datetime.fromisoformat(payload.due_at)
    digest = digest_collect(run.organization, due)
    if digest.is_empty:
        return {"mails": 0}
    yesterday = due.astimezone(ZoneInfo(run.organization.time_zone)).date() - timedelta(days=1)
    context = {"digest": digest, "day": yesterday, "link": run.organization.team_url("/backstage/")}
    people = (roles.holders(roles.OWNER) | roles.holders(roles.MANAGER)).distinct()
    with transaction.atomic():
        for person in people:
            send_template(
                "digest",
                to=person.email,
                context=context,
                unsubscribe_url=unsubscribe_url_for(person.email),
                key=f"digest:{yesterday.isoformat()}:{person.pk}",
            )
    return {"mails": len(people)}
