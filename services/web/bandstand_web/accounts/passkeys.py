"""allauth's forms for passkeys, for which an unreadable answer of a device is a wrong code and no error of ours.

A passkey belongs to the host at which it was made. If the portal's address changed since, browsers use it for that host
all the same, because the former host names the present one (see `primary_host`); allauth knows one host only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth_forms
from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature
from django import forms
from fido2.server import Fido2Server
from fido2.webauthn import AuthenticationResponse, PublicKeyCredentialRpEntity, RegistrationResponse

from bandstand.accounts.models import User
from bandstand.database.connection import connection
from bandstand.organizations.addresses import absolute_url, portal_host
from bandstand.organizations.former_hosts import former_slugs
from bandstand.organizations.models import Organization

# What the library raises for JSON, base64, CBOR or keys that aren't what the standard says.
_UNREADABLE = (ArithmeticError, AttributeError, InvalidSignature, LookupError, TypeError, ValueError)


class _Decoder(json.JSONDecoder):
    """Python's own, for which a number of more than 4,300 digits is a ValueError that Django's field doesn't expect."""

    def decode(self, s: str, *args: Any) -> Any:
        try:
            return super().decode(s, *args)
        except ValueError as problem:
            raise json.JSONDecodeError(str(problem), "", 0) from None


class CredentialField(forms.JSONField):
    """The answer of a device as JSON. Source: W3C Web Authentication, section 5.1, `toJSON()`."""

    def __init__(self, answer: type[AuthenticationResponse | RegistrationResponse]) -> None:
        super().__init__(widget=forms.HiddenInput, decoder=_Decoder)
        self._answer = answer

    def clean(self, value: Any) -> Any:
        """Return the object. Raises ValidationError if it isn't an answer of that kind."""
        found = super().clean(value)
        try:
            self._answer.from_dict(found)
        except _UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None
        if not isinstance(found, dict):
            raise get_adapter().validation_error("incorrect_code")
        return found


class AddForm(allauth_forms.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField(RegistrationResponse)

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError if the answer doesn't prove the passkey."""
        try:
            return dict(super().clean())
        except _UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


@dataclass(frozen=True)
class PasskeysOfHost:
    """The passkeys of somebody that were made at one host of the portal."""

    host: str
    is_former: bool
    keys: tuple[str, ...]  # ids, as browsers write them


def passkeys_by_host(user: User) -> list[PasskeysOfHost]:
    """Return somebody's passkeys at the current tenant, those made at its present host first."""
    portal = connection.tenant
    keys = [key.wrap() for key in Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)]
    present = get_adapter().get_public_key_credential_rp_entity()["id"]
    former = _former_hosts(portal) if keys else []
    found = []
    for host in (present, *former):
        made_here = [key for key in keys if key.authenticator_data.rp_id_hash == _rp_id_hash(host)]
        ids = tuple(str(key.instance.data["credential"]["id"]) for key in made_here)
        found.append(PasskeysOfHost(host, is_former=host != present, keys=ids))
    return [each for each in found if each.keys]


def _former_hosts(portal: Any) -> list[str]:
    return [portal_host(slug) for slug in reversed(former_slugs(portal))] if isinstance(portal, Organization) else []


def _rp_id_hash(host: str) -> bytes:
    return sha256(host.encode()).digest()


class _ProvingForm:
    """Mixed into the forms in which a known passkey answers."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    user: User | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField(AuthenticationResponse)

    def passkeys(self) -> list[PasskeysOfHost]:
        """Return what the page offers, a button for each host."""
        return passkeys_by_host(self.user) if self.user else []

    def clean_credential(self) -> Any:
        """Return the passkey. Raises ValidationError if the answer doesn't prove it."""
        try:
            former = self._former_host()
            return self._prove_at(former) if former else super().clean_credential()  # type: ignore[misc]
        except _UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None

    def _former_host(self) -> str:
        """Return the portal's former host that the answer is for, or an empty string."""
        answer = AuthenticationResponse.from_dict(self.cleaned_data["credential"])
        hashed = answer.response.authenticator_data.rp_id_hash
        hosts = _former_hosts(connection.tenant) if self.user else []
        return next((host for host in hosts if _rp_id_hash(host) == hashed), "")

    def _prove_at(self, host: str) -> Authenticator:
        """Return the passkey, made at a former host and used at the present one. Source: allauth's clean_credential."""
        portal, user, state = connection.tenant, self.user, auth.get_state()
        clear_limit = check_rate_limit(user)
        if not state:
            raise get_adapter().validation_error("incorrect_code")
        present = absolute_url(portal.own_host, "")
        server = Fido2Server(
            PublicKeyCredentialRpEntity(name=portal.name, id=host), verify_origin=lambda origin: origin == present
        )
        bound = server.authenticate_complete(state, auth.get_credentials(user), self.cleaned_data["credential"])
        auth.clear_state()
        clear_limit()
        found = auth.get_authenticator_by_credential_id(user, bound.credential_id)
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        return found


class AuthenticateForm(_ProvingForm, allauth_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of a log-in."""


class PasskeyLoginForm(_ProvingForm, allauth_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """A log-in by a passkey alone."""


class PasskeyReauthenticateForm(_ProvingForm, allauth_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Proving again who one is."""
