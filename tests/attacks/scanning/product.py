"""The product as in production, with TLS and granian on loopback, a filled portal, and sessions for scanners."""

from __future__ import annotations

import json
import os
import secrets
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bandstand.devstack.processes import die_with_parent, free_port
from bandstand.devstack.product import parts
from tests.servers import ROOT, database_copy

BASE = "bandstand.localhost"
PORTAL = f"demo.{BASE}"
_VALKEY = 15  # the last database: test processes count from the first


@dataclass(frozen=True)
class Scanned:
    """A running product. `cookies` are those of a logged-in browser, by the name of the place it visits."""

    port: int
    folder: Path
    log: Path
    cookies: dict[str, dict[str, str]]

    def url(self, host: str) -> str:
        """Return the first page of a host."""
        return f"https://{host}:{self.port}/"


@contextmanager
def scanned_product(folder: Path) -> Iterator[Scanned]:
    """Run it for the length of the block, with a database of its own."""
    port = free_port()
    environment = _environment(folder, port)
    for command in (("collectstatic", "--no-input", "--verbosity", "0"), ("demo",)):
        _run(environment, "manage.py", *command)
    cookies = json.loads(_run(environment, "-m", "tests.attacks.scanning.visits"))
    log = folder / "web.log"
    certificate, key = _self_signed(folder)
    tls = ("--ssl-certificate", str(certificate), "--ssl-keyfile", str(key))
    with log.open("wb") as lines:
        processes = [
            subprocess.Popen(
                [*part.command, *(tls if part.name == "web" else ())],
                cwd=ROOT,
                env=environment,
                stdout=lines,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - it calls prctl and nothing else
            )
            for part in parts(port)
        ]
    try:
        _wait_for(f"https://127.0.0.1:{port}/readyz", log)
        yield Scanned(port, folder, log, cookies)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


def _environment(folder: Path, port: int) -> dict[str, str]:
    own = ("BANDSTAND_", "DATABASE_URL", "MIGRATION_", "REDIS_URL", "EMAIL_URL", "DJANGO_", "PYTEST")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(own)},
        **database_copy("scanned", valkey=_VALKEY),
        "DJANGO_SETTINGS_MODULE": "tests.attacks.scanning.settings",
        "BANDSTAND_PROFILE": "production",
        "BANDSTAND_PUBLIC_URL": f"https://{BASE}:{port}",
        "BANDSTAND_STATIC_ROOT": str(folder / "static"),
        "BANDSTAND_MEDIA": str(folder / "media"),
        "BANDSTAND_BACKUPS": str(folder / "backups"),
        "BANDSTAND_SECURITY_CONTACT": "mailto:security@example.org",
        "BANDSTAND_CUSTOM_DOMAINS": "proxy",
        "BANDSTAND_LOG_LEVEL": "INFO",
        "BANDSTAND_PG_DUMP": os.environ["BANDSTAND_PG_DUMP"],
        "SECRET_KEY": secrets.token_urlsafe(64),
        "EMAIL_URL": "dummymail://",
        "PYTHONPATH": str(ROOT),
    }


def _run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _self_signed(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for the hosts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, BASE)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(BASE), x509.DNSName(f"*.{BASE}")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    return paths


def _wait_for(url: str, log: Path, seconds: float = 90) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # it was made a moment ago, for this test
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5, context=trusting).close()  # noqa: S310 - https, on loopback
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"the product did not answer:\n{log.read_text()[-3000:]}")
