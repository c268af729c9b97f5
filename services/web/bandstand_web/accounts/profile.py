"""The profile page: the user's name, and links for changing the email address or password."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand_web.requests import OwnerRequest, TeamRequest


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What users can edit about themselves."""

    class Meta:
        model = User
        fields = ["name"]
        labels = {"name": _("Your name")}
        help_texts = {"name": _("So your team knows who you are.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


@login_required
def edit(request: TeamRequest | OwnerRequest) -> HttpResponse:
    """Show and save the profile of the logged-in user."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile has been saved."))
        return redirect("account_profile")
    return render(request, "account/profile.html", {"form": form})
