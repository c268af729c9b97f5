"""Brings a portal's owners to where it lives: here, once it is open again, or to another cell's web service."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from django.conf import settings

from bandstand.accounts.models import User
from bandstand.moving.carrying import owners_carried, owners_message, removal_message
from bandstand.organizations.behind import is_behind
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import owners_derive
from bandstand.teams.job_kinds import CARRY_OWNERS, CarryOwners
from bandstand_worker.registry import handles
from bandstand_worker.run import RetryLater, Run

PATH = "/cells/owners/"
TIMEOUT = 20  # seconds
_HOPS = 3  # cells that a portal has moved on through
_ANSWER_BYTES = 4096

log = structlog.get_logger("bandstand.cells")


@handles(CARRY_OWNERS)
def carry_owners(payload: CarryOwners, _run: Run) -> dict[str, Any]:
    """Tell the cell where the portal lives; a change in the meantime goes along. Idempotent."""
    organization = Organization.objects.filter(pk=payload.organization_id).first()
    if organization is None or organization.state == Organization.State.DELETING:
        return {"told": ""}
    if payload.removed:
        return _tell_removals(organization, payload.removed)
    ended = _addresses(payload.ended)
    if organization.is_read_only:
        raise RetryLater(f"{organization.slug} is on its way.", counts=False)
    if is_behind(organization):
        raise RetryLater(f"{organization.slug} lacks migrations.", counts=False)
    if not organization.is_elsewhere:
        owners_derive(organization, end_sessions_of=ended)
        return {"told": ""}
    version = 0

    def message(to: str) -> str:
        nonlocal version
        text, version = owners_message(organization, to=to, ended=ended)
        return text

    cell = _tell(organization, organization.cell, message)
    owners_carried(organization, version)
    return {"told": cell, "version": version}


def _tell_removals(organization: Organization, removed: list[int]) -> dict[str, Any]:
    if not organization.owners_cell:  # it came home, where this is known
        return {"told": ""}
    addresses = _addresses(removed)
    return {"told": _tell(organization, organization.owners_cell, _removal(organization, addresses))}


def _removal(organization: Organization, addresses: list[str]) -> Callable[[str], str]:
    return lambda to: removal_message(organization, to=to, removed=addresses)


def _addresses(numbers: list[int]) -> list[str]:
    return list(User.objects.filter(pk__in=numbers).order_by("pk").values_list("email", flat=True))


def _tell(organization: Organization, cell: str, message: Callable[[str], str]) -> str:
    """Return the cell that followed, which is another one if the portal moved on. Raises RetryLater."""
    for _hop in range(_HOPS):
        status, answer = _post(organization, cell, message(cell))
        if status != HTTPStatus.OK:
            raise _later(organization, cell, f"answers {status} {answer.get('problem', '')}".strip())
        if not answer.get("cell"):
            return cell
        cell = str(answer["cell"])
    raise _later(organization, cell, "isn't the end of the way")


def _post(organization: Organization, cell: str, message: str) -> tuple[int, dict[str, Any]]:
    address = urlsplit(settings.CELLS.get(cell, ""))
    if not address.hostname:
        raise _later(organization, cell, "isn't among BANDSTAND_CELLS")
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    link = kind(address.hostname, address.port, timeout=TIMEOUT)
    platform = urlsplit(settings.PUBLIC_URL)
    headers = {
        "Host": platform.netloc,
        "X-Forwarded-Proto": platform.scheme,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    try:
        link.request("POST", PATH, body=urlencode({"message": message}), headers=headers)
        answer = link.getresponse()
        content = answer.read(_ANSWER_BYTES)
        found = json.loads(content) if answer.headers.get_content_type() == "application/json" else {}
    except (OSError, ValueError, http.client.HTTPException) as problem:
        raise _later(organization, cell, f"doesn't answer: {type(problem).__name__}") from problem
    finally:
        link.close()
    return answer.status, found


def _later(organization: Organization, cell: str, problem: str) -> RetryLater:
    log.warning("owners can't be brought to a cell", organization=organization.slug, cell=cell, error=problem)
    return RetryLater(f"{cell} {problem}. It doesn't have the owners of {organization.slug} yet.")
