"""Takes reports of pages in, and tells the staff."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.mail.sending import send_template
from bandstand.organizations.contact import support_contact
from bandstand.organizations.models import Organization
from bandstand.reports.models import PageReport


@transaction.atomic
def report_submit(
    *, organization: Organization, address: str, kind: str, explanation: str, name: str, email: str, language: str
) -> PageReport:
    """Return the stored report; a receipt is queued, and an email to the platform's staff if they have a mailbox.

    The sender's address isn't verified, so neither email repeats anything that was typed.
    """
    with schema_context(get_public_schema_name()):
        report = PageReport.objects.create(
            organization=organization,
            address=address,
            kind=kind,
            explanation=explanation.strip(),
            name=" ".join(name.split()),
            email=email,
            language=language,
        )
        about = {"number": report.pk, "portal_name": organization.name, "platform_host": settings.BASE_DOMAIN}
        contact = support_contact()
        if email:
            send_template("report_received", to=email, context={**about, "contact": contact}, language=language)
        if contact and contact.is_mailbox:
            path = reverse("admin:reports_pagereport_change", args=[report.pk], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
            context = {**about, "kind": PageReport.Kind(kind).label, "link": f"{settings.PUBLIC_URL}{path}"}
            send_template("report_new", to=contact.text, context=context, language=settings.LANGUAGE_CODE)
    return report
