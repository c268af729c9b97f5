"""Visitors' messages to the bands."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.content.of_bands import rows_for
from bandstand.enquiries.models import BlockedSender, Enquiry
from bandstand.enquiries.submitting import enquiry_release, sender_block
from bandstand_web.forms.submitting import makes_once
from bandstand_web.query_values import choice, page_of
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import may_with, needs

PER_PAGE = 30


@require_safe
@needs("enquiries.view_enquiry", in_bands=True)
def index(request: TeamRequest) -> HttpResponse:
    """List the messages, newest first; `?state=` filters by state. Spam is only shown on request."""
    state = choice(request, "state", Enquiry.State.values)
    enquiries = rows_for(request.user, "view", Enquiry.objects.select_related("band"))
    enquiries = enquiries.filter(state=state) if state else enquiries.wanted()
    page = page_of(request, enquiries, PER_PAGE)
    context = {"page": page, "state": state, "states": Enquiry.State.choices}
    return render(request, "enquiries/backstage/list.html", context)


@require_safe
@needs("enquiries.view_enquiry", in_bands=True)
def detail(request: TeamRequest, pk: int) -> HttpResponse:
    """Show one message, with a mailto link for the reply."""
    enquiry = get_object_or_404(rows_for(request.user, "view", Enquiry.objects.select_related("band")), pk=pk)
    answer = f"mailto:{quote(enquiry.sender_email)}?subject={quote(f'Re: {enquiry.subject}')}"
    may_change = may_with(request.user, "change", enquiry)
    context = {"enquiry": enquiry, "answer": answer, "states": Enquiry.State.choices, "may_change": may_change}
    return render(request, "enquiries/backstage/detail.html", context)


@require_POST
@needs("enquiries.change_enquiry", in_bands=True)
def change_state(request: TeamRequest, pk: int) -> HttpResponse:
    """Change a message's state."""
    enquiry = get_object_or_404(rows_for(request.user, "change", Enquiry.objects.all()), pk=pk)
    state = request.POST.get("state", "")
    if state not in Enquiry.State.values:
        return HttpResponseBadRequest()
    if enquiry.state == Enquiry.State.SPAM and state == Enquiry.State.NEW:
        enquiry_release(enquiry=enquiry)
    else:
        enquiry.state = state
        enquiry.save(update_fields=["state"])
    messages.success(
        request, _("“%(subject)s” is %(state)s.") % {"subject": enquiry, "state": enquiry.get_state_display()}
    )
    return redirect("backstage:enquiries")


class BlockedSenderForm(forms.ModelForm):  # type: ignore[type-arg]
    """An address or domain whose messages are spam."""

    class Meta:
        model = BlockedSender
        fields = ["pattern"]


@require_POST
@needs("enquiries.change_enquiry")
def block(request: TeamRequest, pk: int) -> HttpResponse:
    """Mark the message as spam, along with all future ones from its sender."""
    blocked = sender_block(enquiry=get_object_or_404(Enquiry, pk=pk))
    messages.success(request, _("%(sender)s is blocked. Their messages go to spam.") % {"sender": blocked})
    return redirect("backstage:enquiries")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("enquiries.change_enquiry")
@makes_once
def blocked_senders(request: TeamRequest) -> HttpResponse:
    """Show the block list and add an address or domain."""
    form = BlockedSenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        messages.success(request, _("%(sender)s is blocked. Their messages go to spam.") % {"sender": form.save()})
        return redirect("backstage:blocked_senders")
    page = page_of(request, BlockedSender.objects.all(), PER_PAGE)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "enquiries/backstage/blocked_senders.html", {"page": page, "form": form}, status=status)


@require_POST
@needs("enquiries.change_enquiry")
def unblock(request: TeamRequest, pk: int) -> HttpResponse:
    """Remove an address or domain from the block list."""
    blocked = get_object_or_404(BlockedSender, pk=pk)
    blocked.delete()
    messages.success(request, _("%(sender)s is no longer blocked.") % {"sender": blocked})
    return redirect("backstage:blocked_senders")
