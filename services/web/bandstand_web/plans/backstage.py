"""The portal's plan and usage, and whom to contact for more."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.current import current_organization
from bandstand.organizations.quotas import plan_of, standings, whom_to_ask
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import ANY_ROLE, needs


@require_safe
@needs(ANY_ROLE)
def index(request: TeamRequest) -> HttpResponse:
    context = {
        "plan": plan_of(current_organization()),
        "standings": standings(),
        "waiting_mails": OutgoingMessage.objects.unsent().count(),
        "whom_to_ask": whom_to_ask(),
    }
    return render(request, "plans/backstage/plan.html", context)
