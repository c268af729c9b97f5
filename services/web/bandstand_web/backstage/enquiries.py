"""What visitors wrote to the bands."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bandstand.enquiries.models import Enquiry
from bandstand_web.backstage.access import needs
from bandstand_web.requests import TeamRequest

PER_PAGE = 30


@require_safe
@needs("enquiries.view_enquiry")
def index(request: TeamRequest) -> HttpResponse:
    """List the messages, the newest first; `?state=` one state, spam only when asked for."""
    state = request.GET.get("state", "")
    enquiries = Enquiry.objects.select_related("band")
    enquiries = enquiries.filter(state=state) if state in Enquiry.State.values else enquiries.wanted()
    page = Paginator(enquiries, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": Enquiry.State.choices}
    return render(request, "backstage/enquiries.html", context)


@require_safe
@needs("enquiries.view_enquiry")
def detail(request: TeamRequest, pk: int) -> HttpResponse:
    """Show one message, with an answer prepared in the reader's own mail program."""
    enquiry = get_object_or_404(Enquiry.objects.select_related("band"), pk=pk)
    answer = f"mailto:{quote(enquiry.sender_email)}?subject={quote(f'Re: {enquiry.subject}')}"
    context = {"enquiry": enquiry, "answer": answer, "states": Enquiry.State.choices}
    return render(request, "backstage/enquiry.html", context)


@require_POST
@needs("enquiries.change_enquiry")
def change_state(request: TeamRequest, pk: int) -> HttpResponse:
    """Note that a message is answered, closed, spam or new again."""
    enquiry = get_object_or_404(Enquiry, pk=pk)
    state = request.POST.get("state", "")
    if state not in Enquiry.State.values:
        return HttpResponseBadRequest()
    enquiry.state = state
    enquiry.save(update_fields=["state"])
    messages.success(
        request, _("“%(subject)s” is %(state)s.") % {"subject": enquiry, "state": enquiry.get_state_display()}
    )
    return redirect("backstage:enquiries")
