"""A person's own page: the name, and the ways to a new address or password."""

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
    """What people say about themselves."""

    class Meta:
        model = User
        fields = ["name"]
        labels = {"name": _("Your name")}
        help_texts = {"name": _("So that your team knows who you are.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


@login_required
def edit(request: TeamRequest | OwnerRequest) -> HttpResponse:
    """The profile of whoever is logged in."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("account_profile")
    return render(request, "account/profile.html", {"form": form})
