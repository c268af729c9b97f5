"""Staff look at a report and decide; whoever sent it and the portal's owners are told why.

Source: Regulation (EU) 2022/2065, Article 16(5) and (6) on the notice, Article 17 on the statement of reasons.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.audit.acting import current_actor
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.mail.sending import send_template
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.contact import support_contact
from bandstand.organizations.models import Organization
from bandstand.reports.models import PageReport
from bandstand.teams.owner_mails import tell_of_report
from bandstand.teams.suspending import organization_suspend

State = PageReport.State
SUSPENDABLE = (Organization.State.ACTIVE, Organization.State.SUSPENDED)


def report_take(*, report: PageReport) -> bool:
    """Note that somebody is looking at the report. Return whether nobody was before."""
    return bool(PageReport.objects.filter(pk=report.pk, state=State.RECEIVED).update(state=State.IN_REVIEW))


def validate_decision(organization: Organization | None, state: str, *, ground: str, reasons: str) -> None:
    """Raise ValidationError, by field, unless staff may decide so."""
    problems: dict[str, object] = {}
    if not reasons.strip():
        problems["reasons"] = _("Say why: whoever reported the page has to be told.")
    if state in PageReport.AGAINST_PORTAL and not ground.strip():
        problems["ground"] = _("Name the law or the clause: the owners have to be told.")
    if state in PageReport.AGAINST_PORTAL and organization is None:
        problems["state"] = _("The portal has been deleted.")
    elif state == State.SUSPENDED and organization and organization.state not in SUSPENDABLE:
        problems["state"] = _("This portal can't be suspended here: it is being deleted, or lives in another cell.")
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def report_decide(*, report: PageReport, state: str, ground: str, reasons: str) -> PageReport:
    """Return the report as decided. A later decision replaces the one before, and everybody is told again.

    A suspension names the report. Raises ValidationError as `validate_decision` does.
    """
    locked = PageReport.objects.select_for_update(of=("self",)).select_related("organization").get(pk=report.pk)
    organization = locked.organization
    validate_decision(organization, state, ground=ground, reasons=reasons)
    locked.state, locked.ground, locked.reasons = state, ground.strip(), reasons.strip()
    locked.decided_by, locked.decided_at = current_actor().email, timezone.now()
    locked.save(update_fields=["state", "ground", "reasons", "decided_by", "decided_at"])
    detail = f"{locked.pk}: {state}"
    if organization is None or state not in PageReport.AGAINST_PORTAL:
        record(Act.REPORT_DECIDED, target=organization.slug if organization else "", detail=detail)
    else:
        organization_record(organization, Act.REPORT_DECIDED, detail=detail)
        if state == State.SUSPENDED:
            organization_suspend(organization=organization, reason=_reason(locked, organization), tells=False)
        tell_of_report(
            organization=organization,
            state=state,
            about={
                "number": locked.pk,
                "address": locked.address,
                "received_at": locked.created_at,
                "ground": locked.ground,
                "reasons": locked.reasons,
            },
        )
    _tell_sender(locked)
    return locked


def _reason(report: PageReport, organization: Organization) -> str:
    """Return what "My organizations" and the security log say of the suspension."""
    with translation.override(organization.language):
        said = gettext("Report no. %(number)s: %(ground)s") % {"number": report.pk, "ground": report.ground}
    return Truncator(said).chars(Organization._meta.get_field("suspension_reason").max_length)  # noqa: SLF001


def _tell_sender(report: PageReport) -> None:
    if not report.email:
        return
    context = {
        "number": report.pk,
        "address": report.address,
        "received_at": report.created_at,
        "state": report.state,
        "reasons": report.reasons,
        "platform_host": settings.BASE_DOMAIN,
        "contact": support_contact(),
    }
    with schema_context(get_public_schema_name()):
        send_template("report_decided", to=report.email, context=context, language=report.language)
