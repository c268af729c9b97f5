"""The receiving side of a move. It answers the requests of departing.py, which decides where the portal lives.

Until it is opened, a portal that arrived is read-only, runs no jobs, and is shown only to visitors that the other cell
forwards.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_datetime

from bandstand.audit.models import Act
from bandstand.backups.archives import ArchiveReader, BackupError
from bandstand.backups.owning import claims_restore, owners_restore, plan_restore
from bandstand.backups.restoring import schema_restore, schema_stands, table_saved
from bandstand.backups.tables import fingerprint, sequences_of, steady_texts
from bandstand.content.identified import uid_carried
from bandstand.database.advisory_locks import advisory_lock
from bandstand.database.connection import connection
from bandstand.jobs.controlling import ring
from bandstand.jobs.models import Job, ScheduleMark
from bandstand.media.emptying import tenant_files_delete
from bandstand.moving.file_digests import FileDigests
from bandstand.moving.models import Arrival, MoveError
from bandstand.moving.talking import Answer, Request
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Domain, Organization
from bandstand.organizations.owners import owners_derive
from bandstand.organizations.plans import Usage
from bandstand.organizations.storage_use import uncounted
from bandstand.tenancy.provisioning import organization_drop_schema
from bandstand.tenancy.states import lacking
from bandstand.tenancy.template import newest_template

State = Organization.State


class MoveReceiver:
    """Answers the requests of one move."""

    def __init__(self) -> None:
        self._digests: dict[str, FileDigests] = {}  # by schema

    def answer(self, request: Request, content: IO[bytes]) -> Answer:
        """Return the answer to one request. Raises MoveError."""
        asked: dict[str, Callable[[Request, IO[bytes]], Answer]] = {
            "count": self._count,
            "greet": self._greet,
            "list": self._list,
            "file": self._file,
            "remove": self._remove,
            "contents": self._contents,
            "open": self._open,
            "discard": self._discard,
            "report": self._report,
        }
        if request["do"] not in asked:
            raise MoveError(f"it doesn't know what {request['do']} means: both cells must run the same release.")
        return asked[request["do"]](request, content)

    def _count(self, request: Request, _content: IO[bytes]) -> Answer:
        """Return how many portals live in this cell."""
        _check_cell(request)
        return {"portals": living_here().count()}

    def _greet(self, request: Request, _content: IO[bytes]) -> Answer:
        """Register the arrival and introduce this cell. The answer to the challenge proves the same SECRET_KEY."""
        _check_cell(request)
        with _alone(request["token"]), transaction.atomic():
            _check_room(request)
            Arrival.objects.get_or_create(
                token=request["token"],
                defaults={"slug": request["slug"], "schema_name": request["schema_name"], "cell": request["cell"]},
            )
        return {
            "base_domain": settings.BASE_DOMAIN,
            "migrations": migrations_digest(),
            "history": newest_template().history,
            "proof": proof(request["token"]),
        }

    def _list(self, request: Request, _content: IO[bytes]) -> Answer:
        """Return the checksum of each file that is here, computed from storage."""
        return {"files": self._digests_of(_arrival(request)).read()}

    def _file(self, request: Request, content: IO[bytes]) -> Answer:
        arrival = _arrival(request, closed=True)
        path = _path(arrival, request["name"])
        with uncounted():
            default_storage.delete(path)
            self._digests_of(arrival).forget(request["name"])
            if default_storage.save(path, File(content)) != path:
                raise MoveError(f"{request['name']} couldn't be written under its name.")
        return {}

    def _remove(self, request: Request, _content: IO[bytes]) -> Answer:
        with uncounted():
            default_storage.delete(_path(_arrival(request, closed=True), request["name"]))
        return {}

    def _contents(self, request: Request, content: IO[bytes]) -> Answer:
        """Build and fill the schema, write the rows in `public`, and return what can be read back."""
        with _alone(request["token"]), transaction.atomic():
            arrival = _arrival(request, closed=True)
            organization_drop_schema(Organization(schema_name=arrival.schema_name))  # left by an earlier attempt
            with tarfile.open(fileobj=content, mode="r:") as tar:
                reader = ArchiveReader(tar)
                try:
                    schema_restore(reader, arrival.schema_name, rename=None)
                except BackupError as problem:
                    raise MoveError(str(problem)) from problem
                _rows_write(arrival, reader.manifest["public"])
                steady_texts()
                tables = {
                    saved["name"]: fingerprint(arrival.schema_name, table_saved(saved))
                    for saved in reader.manifest["tables"]
                }
            arrival.state = Arrival.State.ARRIVED
            arrival.save(update_fields=["state"])
            return {"tables": tables, "sequences": sequences_of(arrival.schema_name)}

    def _open(self, request: Request, _content: IO[bytes]) -> Answer:
        """Open the portal with its jobs and schedule marks, in one transaction. Idempotent."""
        with _alone(request["token"]), transaction.atomic():
            arrival = _arrival(request)
            if arrival.state == Arrival.State.OPENED:
                return {}
            if arrival.state != Arrival.State.ARRIVED:
                raise MoveError(f"{arrival.slug} hasn't arrived.")
            organization = Organization.objects.select_for_update().get(schema_name=arrival.schema_name)
            organization.state, organization.cell = State.ACTIVE, ""
            _owners_decided(organization, request)
            # The signal makes every process forget its hosts.
            organization.save(update_fields=["state", "cell", "owners_cell", "owners_version"])
            owners_derive(organization)  # where we decide, our owners are newer than what came
            Job.objects.bulk_create(Job(organization=organization, **about) for about in request["jobs"])
            for mark in request["marks"]:
                ScheduleMark.objects.create(organization=organization, **mark)
            organization_record(organization, Act.MOVED, detail=f"{arrival.cell} → {settings.CELL}")
            arrival.state = Arrival.State.OPENED
            arrival.save(update_fields=["state"])
            # Pages may still be cached from when it lived here before.
            connection.writes.count_in(str(organization.schema_name))
            ring()
        return {}

    def _discard(self, request: Request, _content: IO[bytes]) -> Answer:
        """Delete what has arrived. Refused once the portal is open here."""
        with _alone(request["token"]):
            with transaction.atomic():
                arrival = Arrival.objects.select_for_update().filter(token=request["token"]).first()
                if arrival is None:
                    return {}
                if arrival.state == Arrival.State.OPENED:
                    raise MoveError(f"{arrival.slug} lives here: it isn't discarded.")
                organization = Organization.objects.filter(schema_name=arrival.schema_name).first()
                if arrival.state == Arrival.State.ARRIVED and organization is not None:
                    organization_drop_schema(organization)
                    _signpost_again(organization)
                arrival.state = Arrival.State.DISCARDED
                arrival.save(update_fields=["state"])
            tenant_files_delete(arrival.schema_name)
        return {}

    def _digests_of(self, arrival: Arrival) -> FileDigests:
        return self._digests.setdefault(arrival.schema_name, FileDigests(arrival.schema_name))

    def _report(self, request: Request, _content: IO[bytes]) -> Answer:
        arrival = Arrival.objects.filter(token=request["token"]).first()
        return {"state": arrival.state if arrival else ""}


def proof(token: str) -> str:
    """Return a signature of a move's token, which only a holder of our SECRET_KEY can compute."""
    return salted_hmac("bandstand.moving", token, algorithm="sha256").hexdigest()


def living_here() -> QuerySet[Organization]:
    """Return the portals that this cell serves, even while they are leaving."""
    return Organization.objects.exclude(state__in=[State.MOVED, State.ARRIVING])


def _check_cell(request: Request) -> None:
    if request["to"] != settings.CELL:
        raise MoveError(f"this is the cell {settings.CELL or 'without a name'}, not {request['to']}.")


def _check_room(request: Request) -> None:
    """Raise MoveError if the slug, a domain or the schema's name is already in use here."""
    slug, schema = request["slug"], request["schema_name"]
    known = Organization.objects.filter(slug=slug).first()
    arrives_again = Arrival.objects.filter(token=request["token"]).exclude(state=Arrival.State.DISCARDED).exists()
    if known is not None and not arrives_again and not (known.is_elsewhere and known.schema_name == schema):
        raise MoveError(f"another portal has the address {slug}.")
    taken = Domain.objects.filter(domain__in=request["domains"]).exclude(tenant__schema_name=schema)
    if name := taken.values_list("domain", flat=True).first():
        raise MoveError(f"another portal has the domain {name}.")
    if schema_stands(schema) and not arrives_again:
        raise MoveError(
            f"{slug} was moved away from here, and that was never confirmed: `move_tenant {slug} --confirm`."
        )


def _arrival(request: Request, *, closed: bool = False) -> Arrival:
    """Return the arrival record. Raises MoveError if there is none, or if `closed` and the portal is already open."""
    arrival = Arrival.objects.select_for_update() if connection.in_atomic_block else Arrival.objects.all()
    found = arrival.filter(token=request["token"]).exclude(state=Arrival.State.DISCARDED).first()
    if found is None:
        raise MoveError("it doesn't expect this portal.")
    if closed and found.state == Arrival.State.OPENED:
        raise MoveError(f"{found.slug} lives here already.")
    return found


def _path(arrival: Arrival, name: str) -> str:
    if ".." in name.split("/") or name.startswith("/"):
        raise MoveError(f"{name} is no name of a file.")
    return f"{arrival.schema_name}/{name}"


def _rows_write(arrival: Arrival, rows: dict[str, Any]) -> None:
    """Write the organization, its owners and domains. If the portal lived here before, its old row is reused."""
    about = rows["organization"]
    organization = Organization.objects.select_for_update().filter(schema_name=arrival.schema_name).first()
    # Back in the cell that decides on its owners: they are the ones that we know.
    is_ours = organization is not None and not organization.owners_cell and organization.owners_version > 0
    organization = organization or Organization(schema_name=arrival.schema_name)
    for name in ("name", "slug", "language", "time_zone"):
        setattr(organization, name, about[name])
    organization.counts_visits = about.get("counts_visits", True)  # a cell of the release before sends none
    organization.state, organization.cell = State.ARRIVING, arrival.cell
    organization.lacks_migrations = lacking(arrival.schema_name)
    try:
        organization.full_clean()
    except ValidationError as problem:
        raise MoveError(f"{arrival.slug} can't come: {' '.join(problem.messages)}") from problem
    with uid_carried():
        organization.uid = about.get("uid", organization.uid)  # a cell of the release before sends none
        organization.save()
    Usage.objects.filter(organization=organization).delete()  # measured again on demand
    # The schedule depends on the organization's age.
    Organization.objects.filter(pk=organization.pk).update(created_at=parse_datetime(about["created_at"]))
    if not is_ours:
        owners_restore(organization, rows)
    plan_restore(organization, rows)
    organization.domains.all().delete()
    organization.custom_domains.all().delete()
    for domain in rows["domains"]:
        Domain(tenant=organization, **domain).save()
    claims_restore(organization, rows)


def _owners_decided(organization: Organization, request: Request) -> None:
    """Note which cell decides on the owners, and how new those are that came along."""
    decides = request.get("owners_cell", "")
    organization.owners_cell = "" if decides == settings.CELL else decides
    if organization.owners_cell:
        organization.owners_version = max(organization.owners_version, request["owners_version"])


def _signpost_again(organization: Organization) -> None:
    """Restore the row from before the portal came back, or delete it if there was none."""
    if organization.moves.exists():
        organization.state = State.MOVED
        organization.save(update_fields=["state"])
    else:
        organization.delete()


@contextmanager
def _alone(token: str) -> Iterator[None]:
    """Wait for an interrupted conversation about the same move that may still be running."""
    with advisory_lock(f"arrival:{token}"):
        yield
