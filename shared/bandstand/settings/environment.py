"""The typed place that reads a deployment's settings from the process's environment.

Every variable is declared once, in one of the subjects of `variables/`; tests keep `.env.example` and docs/operating.md
in step with them. A secret may also come from a file: `SECRET_KEY_FILE=/run/secrets/key` is read if `SECRET_KEY` is
unset.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from bandstand.settings.variables.access import AccessVariables
from bandstand.settings.variables.addresses import AddressVariables
from bandstand.settings.variables.declaring import PROFILES, value
from bandstand.settings.variables.mail import MailVariables
from bandstand.settings.variables.operator import OperatorVariables
from bandstand.settings.variables.places import PlaceVariables
from bandstand.settings.variables.plans import PlanVariables
from bandstand.settings.variables.processes import ProcessVariables
from bandstand.settings.variables.reporting import ReportingVariables
from bandstand.settings.variables.servers import ServerVariables


@dataclass(frozen=True, kw_only=True)
class Environment(
    AccessVariables,
    AddressVariables,
    MailVariables,
    OperatorVariables,
    PlaceVariables,
    PlanVariables,
    ProcessVariables,
    ReportingVariables,
    ServerVariables,
):
    """All settings of a deployment, typed. Create it with `Environment.read()`."""

    @classmethod
    def read(cls, source: Mapping[str, str] | None = None) -> Environment:
        """Return the settings from `source` (default: the process's environment).

        Raises ImproperlyConfigured with the names of all variables that are missing or wrong, never with their values.
        """
        reader = environ.Env()
        reader.ENVIRON = dict(os.environ if source is None else source)
        profile = reader.ENVIRON.get("BANDSTAND_PROFILE", "production")
        if profile not in PROFILES:
            raise ImproperlyConfigured(f"BANDSTAND_PROFILE is {profile!r}; choose one of {', '.join(PROFILES)}.")
        found: dict[str, Any] = {}
        problems: list[str] = []
        for item in fields(cls):
            try:
                found[item.name] = value(reader, item.metadata, str(item.type), development=profile != "production")
            except ImproperlyConfigured as problem:
                problems.append(str(problem))
        if not problems:
            environment = cls(**found)
            problems = environment.problems() + (_habits(reader.ENVIRON) if environment.is_production else [])
        if problems:
            raise ImproperlyConfigured("Bandstand can't start:\n- " + "\n- ".join(problems))
        return environment

    def problems(self) -> list[str]:
        subjects: Any = Environment.__bases__
        return [problem for subject in subjects for problem in subject.problems(self)]


def _habits(source: Mapping[str, str]) -> list[str]:
    """Return problems with variables that are common in other Django projects but have no effect here."""
    found = []
    if source.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}:
        found.append("DEBUG is set; production refuses to start in debug mode. Unset it.")
    if "*" in source.get("ALLOWED_HOSTS", ""):
        found.append("ALLOWED_HOSTS names a wildcard host; unset it, hosts come from the table of domains.")
    return found
