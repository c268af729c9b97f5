"""Reports errors to Sentry: what went wrong, where in the code and for which organization, without user content or
personal data. Exception messages are left out too, as a database error repeats the row."""

from __future__ import annotations

from typing import Any, Final

import sentry_sdk
from django.core.signals import got_request_exception
from django.db import connection
from django.http import HttpRequest
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport

from bandstand.settings.environment import Environment

# The rest of an event may contain user data: URLs, cookies, form fields, log lines.
_KEPT: Final = frozenset(
    (
        *("event_id", "timestamp", "platform", "level", "release", "environment", "sdk", "type", "tags"),
        *("transaction", "transaction_info", "exception", "server_name", "modules", "contexts", "fingerprint"),
    )
)


def report_errors(
    environment: Environment, *, service: str, transport: type[Transport] | Transport | None = None
) -> None:
    """Report the errors of this process if a DSN is set. `transport` lets tests inspect what is sent."""
    if not environment.sentry_dsn:
        return
    sentry_sdk.init(
        dsn=environment.sentry_dsn,
        release=environment.release or None,
        environment=environment.sentry_environment or environment.profile,
        # Jobs and pages are reported below and in the worker; Sentry's own integrations patch database cursors and read
        # requests and logs.
        integrations=[LoggingIntegration(level=None, event_level=None)],
        auto_enabling_integrations=False,
        disabled_integrations=[ArgvIntegration()],
        before_send=scrub,  # type: ignore[arg-type]
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        transport=transport,
    )
    sentry_sdk.get_global_scope().set_tag("service", service)
    got_request_exception.connect(report_page)


def report_page(sender: object, request: HttpRequest | None = None, **_kwargs: object) -> None:
    """Report a failed page by its URL pattern, as its URL may contain tokens."""
    match = request.resolver_match if request else None
    with sentry_sdk.new_scope() as scope:
        scope.set_transaction_name(match.route if match else "before any view", source="route")
        scope.capture_exception()


def scrub(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Return the event without user data, tagged with the current organization."""
    kept = {name: value for name, value in event.items() if name in _KEPT}
    for thrown in kept.get("exception", {}).get("values", []):
        thrown["value"] = ""
        for frame in thrown.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    organization = getattr(getattr(connection, "tenant", None), "slug", None)
    kept["tags"] = {"organization": organization or "platform", **kept.get("tags", {})}
    return kept
