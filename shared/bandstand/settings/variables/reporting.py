"""What is told of the running installation, and to whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bandstand.settings.variables.declaring import Variables, variable


@dataclass(frozen=True, kw_only=True)
class ReportingVariables(Variables):
    """Figures, errors, traces, log lines."""

    metrics_port: int = variable(
        default=0,
        name="BANDSTAND_METRICS_PORT",
        about="Port on which the dispatcher answers Prometheus; 0 for none. Keep it off the internet.",
    )
    web_metrics_port: int = variable(
        default=0,
        name="BANDSTAND_WEB_METRICS_PORT",
        about="Port on which web answers Prometheus; 0 for none. Keep it off the internet.",
    )
    sentry_dsn: str = variable(
        default="", secret=True, name="SENTRY_DSN", about="Where errors are reported, without contents; none if empty."
    )
    sentry_environment: str = variable(
        default="", name="SENTRY_ENVIRONMENT", about="Name of this installation in Sentry; default: the profile."
    )
    otlp_endpoint: str = variable(
        default="",
        name="OTEL_EXPORTER_OTLP_ENDPOINT",
        about="OpenTelemetry collector that gets traces, by OTLP over HTTP: http://collector:4318; none if empty.",
    )
    otlp_headers: list[str] = variable(
        default=[],
        secret=True,
        name="OTEL_EXPORTER_OTLP_HEADERS",
        about="Headers that the collector wants, name=value, comma-separated.",
    )
    traces_share: float = variable(
        default=0.01,
        name="BANDSTAND_TRACES_SHARE",
        about="Share of requests and scheduled jobs that are traced, above 0 and at most 1.",
    )
    release: str = variable(
        default="", name="BANDSTAND_RELEASE", about="Version that errors are reported under; images set it."
    )
    log_level: str = variable(default="INFO", name="BANDSTAND_LOG_LEVEL", about="DEBUG, INFO, WARNING or ERROR.")

    def problems(self) -> list[str]:
        found = []
        if self.sentry_dsn and not urlsplit(self.sentry_dsn).username:
            found.append("SENTRY_DSN must look like https://key@sentry.example.org/1.")
        return found + self._traces_problems()

    def _traces_problems(self) -> list[str]:
        found = []
        address = urlsplit(self.otlp_endpoint)
        if self.otlp_endpoint and (address.scheme not in {"http", "https"} or not address.hostname or address.query):
            found.append("OTEL_EXPORTER_OTLP_ENDPOINT must look like http://collector:4318, without /v1/traces.")
        if not all(re.fullmatch(r"[^=\s]+=.+", each) for each in self.otlp_headers):
            found.append("OTEL_EXPORTER_OTLP_HEADERS must look like authorization=Basic abc,x-team=bands.")
        if not 0 < self.traces_share <= 1:
            found.append("BANDSTAND_TRACES_SHARE must be above 0 and at most 1.")
        return found
