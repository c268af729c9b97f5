"""allauth's forms for passkeys, for which an unreadable answer of a device is a wrong code and no error of ours."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as allauth_forms
from cryptography.exceptions import InvalidSignature
from django import forms
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

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


class _ProvingForm:
    """Mixed into the forms in which a known passkey answers."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField(AuthenticationResponse)

    def clean_credential(self) -> Any:
        """Return the passkey. Raises ValidationError if the answer doesn't prove it."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except _UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


class AuthenticateForm(_ProvingForm, allauth_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of a log-in."""


class PasskeyLoginForm(_ProvingForm, allauth_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """A log-in by a passkey alone."""


class PasskeyReauthenticateForm(_ProvingForm, allauth_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Proving again who one is."""
