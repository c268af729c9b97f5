"""A passkey in software: what a device answers when it is made and used. Source: W3C, Web Authentication."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from bandstand.accounts.models import User

_PRESENT_AND_VERIFIED = 0x05
_WITH_KEY = 0x40


@dataclass(frozen=True)
class Passkey:
    """One that was made at `host`."""

    host: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def store(self, user: User) -> Authenticator:
        """Make it the second step of somebody in the current schema."""
        made: Authenticator = Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": self.host, "credential": self._registration()}
        )
        return made

    def answer(self, challenge: str, *, origin: str, host: str | None = None) -> str:
        """Return what a browser at `origin` sends, having asked for the passkeys of `host`."""
        client_data = _client_data("webauthn.get", challenge, origin)
        data = AuthenticatorData.create(_hashed(host or self.host), _PRESENT_AND_VERIFIED, 1)
        signature = self.key.sign(bytes(data) + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"authenticatorData": data, "clientDataJSON": client_data, "signature": signature}
        return json.dumps(self._credential(response))

    def _registration(self) -> dict[str, Any]:
        attested = AttestedCredentialData.create(
            Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(_hashed(self.host), _PRESENT_AND_VERIFIED | _WITH_KEY, 0, attested)
        client_data = _client_data("webauthn.create", websafe_encode(b"x" * 32), f"https://{self.host}")
        response = {"attestationObject": AttestationObject.create("none", data, {}), "clientDataJSON": client_data}
        return self._credential(response)

    def _credential(self, response: dict[str, bytes]) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        encoded = {name: websafe_encode(bytes(value)) for name, value in response.items()}
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": encoded,
            "clientExtensionResults": {},
        }


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def _hashed(host: str) -> bytes:
    return sha256(host.encode()).digest()
