"""The repository holds no key and no password of anything real."""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from tests.servers import ROOT

NOT_WRITTEN_BY_PEOPLE = re.compile(r"\.(lock|po|svg|png|jpe?g|webp|avif|ico|woff2|pdf)$")
# A password that a test invents is made of words: "seven-strings-and-a-drum". A real one isn't.
WORDS = re.compile(r"[a-z]+(?:[-:@. ][a-z]+)*|Secret|PASSWORD")
# What looks like one and is none, outside of tests: the value and why.
KNOWN = {
    "password": "stands for a password in examples of addresses",
    "abcdefghijkmnpqrstuvwxyz23456789": "letters that schema names are made of",
    "only-for-checking-settings-": "a key for the check of production settings, which opens no connection",
    "0af7651916cd43dd8448eb211c80319c": "a trace's id in the specification of W3C Trace Context",
    "demo-demo-demo": "log-in of the demo portal in development; production draws one",
    "password_changed": "an act in the security log",
    "password_reset": "an act in the security log",
    "PASSWORD": "a placeholder in a template",
    "backup-credentials": "the name of a Secret of the cluster",
    "bandstand-synced": "the name of a Secret of the cluster",
    "bandstand-tls": "the name of a Secret of the cluster",
    "bandstand-database": "the name of a Secret of the cluster",
    "bandstand": "the name of a Secret of the cluster",
    "wildcard": "the name of a Secret of the cluster",
    "former-secret-keys": "a key within a Secret of the cluster",
    "mail-webhook": "a key within a Secret of the cluster",
    "secret-key": "a key within a Secret of the cluster",
    "production/bandstand": "the name of a secret in AWS",
    "cert-manager alone sees keys.": "a comment",
}
IMAGE_DATA = b"IDAT".hex()  # a picture that a test spells out
CLASS = re.compile(r"bandstand(_web)?(\.\w+)+\.[A-Z]\w+")  # settings that name a class for passwords

RATE = re.compile(r"(\d+/\d*[smhd](/\w+)?,?)+")  # limits for guesses of passwords


def tracked() -> Iterator[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return (name for name in done.stdout.splitlines() if not NOT_WRITTEN_BY_PEOPLE.search(name))


def found_in(path: Path) -> list[PotentialSecret]:
    with default_settings():
        return list(scan_file(str(path)))


def is_harmless(name: str, value: str) -> bool:
    if value in KNOWN or CLASS.fullmatch(value) or RATE.fullmatch(value) or IMAGE_DATA in value:
        return True
    return name.startswith(("tests/", "infra/")) and WORDS.fullmatch(value) is not None


@pytest.mark.long
def test_it_holds_none() -> None:
    looked_like = [(name, secret) for name in tracked() for secret in found_in(ROOT / name)]

    found = {
        f"{name}:{secret.line_number}: {secret.type}"
        for name, secret in looked_like
        if not is_harmless(name, secret.secret_value or "")
    }
    assert found == set(), "take it out and replace it where it is used; or say in KNOWN why it is none"
    assert KNOWN.keys() - {secret.secret_value for _name, secret in looked_like} == set(), "a reason for nothing"


@pytest.mark.parametrize(
    "line",
    [
        f'SECRET_KEY = "{secrets.token_urlsafe(40)}"',
        f"DATABASE_URL=postgresql://bandstand:{secrets.token_hex(12)}@db/bandstand",
        "aws_access_key_id = AKIA" + "Z7QX2L5VN3KD8RTW"[:16],
        f"sendgrid: SG.{secrets.token_urlsafe(16)[:22]}.{secrets.token_urlsafe(32)[:43]}",
        "-----BEGIN " + "RSA PRIVATE KEY-----",
    ],
    ids=["key", "address", "AWS", "SendGrid", "private key"],
)
def test_it_would_find_one(line: str, tmp_path: Path) -> None:
    file = tmp_path / "planted.py"
    file.write_text(f"{line}\n", encoding="utf-8")

    assert any(not is_harmless("tests/planted.py", secret.secret_value or "") for secret in found_in(file))
