"""Tells people of a team what concerns them: a message to a band, an import that failed, an invitation that bounced."""

from __future__ import annotations

from bandstand.enquiries.job_kinds import TELL_OF_MESSAGE, TELL_OF_REPLY, TellOfMessage, TellOfReply
from bandstand.enquiries.models import Enquiry, Reply
from bandstand.enquiries.submitting import enquiry_recipients, usual_recipients
from bandstand.imports.job_kinds import TELL_OF_FAILURE, TellOfFailure
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.models import Job
from bandstand.notices.telling import bounced_invitation_tell, failed_import_tell, message_tell
from bandstand.teams.job_kinds import TELL_OF_BOUNCE, TellOfBounce
from bandstand.teams.models import Invitation
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(TELL_OF_MESSAGE)
def tell_of_message(payload: TellOfMessage, _run: Run) -> dict[str, int]:
    """Tell of a message, unless it or its band was deleted meanwhile, or it turned out to be spam."""
    return {"told": _tell_of_enquiry(payload.enquiry_id)}


@handles(TELL_OF_REPLY)
def tell_of_reply(payload: TellOfReply, _run: Run) -> dict[str, int]:
    """Tell of an email that came into the thread of a message, as of a message."""
    reply = Reply.objects.filter(pk=payload.reply_id).first()
    return {"told": _tell_of_enquiry(reply.enquiry_id, reply=reply.pk) if reply else 0}


def _tell_of_enquiry(number: int, *, reply: int | None = None) -> int:
    enquiry = Enquiry.objects.wanted().filter(pk=number).select_related("band").first()
    if enquiry is None or not enquiry.is_passed_on:
        return 0
    band = enquiry.band
    addresses = {"usual": usual_recipients(band), "mailed_to": enquiry_recipients(band)}
    return message_tell(number=number, reply=reply, band=band, **addresses)


@handles(TELL_OF_FAILURE)
def tell_of_failure(payload: TellOfFailure, run: Run) -> dict[str, int]:
    """Tell of an import's failure, unless it was retried meanwhile."""
    failed = Job.objects.of_organization(run.organization).failed().filter(pk=payload.job_id, fence=payload.fence)
    begun = (
        SpreadsheetImport.objects.filter(job_id=payload.job_id, finished_at=None).select_related("uploaded_by").first()
    )
    if begun is None or not failed.exists():
        return {"told": 0}
    told = failed_import_tell(
        number=begun.pk,
        attempt=f"{payload.job_id}:{payload.fence}",
        file_name=begun.file_name,
        person=begun.uploaded_by,
        language=begun.language,
    )
    return {"told": told}


@handles(TELL_OF_BOUNCE)
def tell_of_bounce(payload: TellOfBounce, _run: Run) -> dict[str, int]:
    """Tell of an invitation that couldn't be delivered, unless it was withdrawn meanwhile."""
    invitation = Invitation.objects.filter(pk=payload.invitation_id).select_related("invited_by").first()
    if invitation is None:
        return {"told": 0}
    told = bounced_invitation_tell(
        number=invitation.pk, message=payload.message_id, email=invitation.email, person=invitation.invited_by
    )
    return {"told": told}
