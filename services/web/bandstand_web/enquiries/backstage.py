"""Visitors' messages to the bands."""

from __future__ import annotations

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.content.of_bands import rows_for
from bandstand.enquiries.answering import TooManyMailsError, enquiry_answer
from bandstand.enquiries.models import MESSAGE_MAX_LENGTH, BlockedSender, Enquiry
from bandstand.enquiries.submitting import enquiry_release, sender_block
from bandstand.mail.models import OutgoingMessage
from bandstand_web import rate_limits
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


class AnswerForm(forms.Form):
    """The team's answer to a message."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"), max_length=MESSAGE_MAX_LENGTH, widget=forms.Textarea({"rows": 8})
    )


@require_safe
@needs("enquiries.view_enquiry", in_bands=True)
def detail(request: TeamRequest, pk: int) -> HttpResponse:
    """Show a message with all that was written after it."""
    return _thread_page(request, _enquiry(request, "view", pk), AnswerForm())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("enquiries.change_enquiry", in_bands=True)
@makes_once
def answer(request: TeamRequest, pk: int) -> HttpResponse:
    """Email an answer to whoever wrote the message."""
    enquiry = _enquiry(request, "change", pk)
    if request.method != "POST":
        return redirect("backstage:enquiry", pk=pk)
    form = AnswerForm(request.POST)
    if enquiry.state == Enquiry.State.SPAM:
        form.add_error(None, _("Mark this message as new before you answer it."))
    if not form.is_valid():
        return _thread_page(request, enquiry, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not rate_limits.allows(request, "answer"):
        form.add_error(None, _("Too many answers. Please wait an hour, then send this one again."))
        return _thread_page(request, enquiry, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        enquiry_answer(enquiry=enquiry, text=form.cleaned_data["text"], by=request.user)
    except TooManyMailsError:
        form.add_error(None, _("This address has received many emails. Please wait an hour, then send this one again."))
        return _thread_page(request, enquiry, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    messages.success(request, _("Your answer is on its way to %(email)s.") % {"email": enquiry.sender_email})
    return redirect("backstage:enquiry", pk=pk)


def _enquiry(request: TeamRequest, action: str, pk: int) -> Enquiry:
    found: Enquiry = get_object_or_404(rows_for(request.user, action, Enquiry.objects.select_related("band")), pk=pk)
    return found


def _thread_page(request: TeamRequest, enquiry: Enquiry, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    replies = list(enquiry.replies.all())
    keys = [reply.mail_key for reply in replies if reply.from_team]
    mails = {mail.key: mail for mail in OutgoingMessage.objects.filter(key__in=keys)} if keys else {}
    context = {
        "enquiry": enquiry,
        "thread": [(reply, mails.get(reply.mail_key)) for reply in replies],
        "form": form,
        "states": Enquiry.State.choices,
        "may_change": may_with(request.user, "change", enquiry),
    }
    return render(request, "enquiries/backstage/detail.html", context, status=status)


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
