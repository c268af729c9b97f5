"""Has a service send its traces, if a collector is set."""

from __future__ import annotations

from bandstand import tracing
from bandstand.settings.environment import Environment


def send_traces(environment: Environment, *, service: str) -> None:
    """Send this process's traces, as the service's, to the collector that the environment names."""
    tracing.begin(
        environment.otlp_endpoint,
        headers=dict(each.split("=", 1) for each in environment.otlp_headers),
        share=environment.traces_share,
        about={
            "service.name": f"bandstand-{service}",
            "service.version": environment.release,
            "deployment.environment.name": environment.profile,
            "bandstand.cell": environment.cell,
        },
    )
