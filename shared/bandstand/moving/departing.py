"""The sending side of a move, which is in control; see ADR 32.

Files, which never change, are copied while the portal is open. Then it becomes read-only, its running jobs end, its
rows and new files are copied and compared, and one commit here switches it to the other cell. Before that commit any
failure leaves the portal open here as it was; after it, the move can only go forward. Each step is idempotent.
"""

from __future__ import annotations

import json
import logging
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from bandstand.audit.models import Act
from bandstand.backups.archives import MANIFEST, ArchiveWriter, ExactEncoder
from bandstand.backups.making import rows_save
from bandstand.backups.owning import public_rows
from bandstand.database.advisory_locks import advisory_lock
from bandstand.database.cache import forget_schema
from bandstand.database.connection import connection
from bandstand.domains.job_kinds import CHECK_DOMAIN
from bandstand.jobs.controlling import ring
from bandstand.jobs.models import IN_FLIGHT, Job, JobQuerySet, ScheduleMark
from bandstand.media.emptying import tenant_files_delete
from bandstand.moving.arriving import proof
from bandstand.moving.closing import writing_allow, writing_forbid
from bandstand.moving.file_digests import FileDigests
from bandstand.moving.models import Arrival, Move, MoveError
from bandstand.moving.talking import Conversation
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization
from bandstand.tenancy.migrating import migrations_held_off
from bandstand.tenancy.provisioning import organization_drop_schema
from bandstand.tenancy.replay import LOCK_TIMEOUT, retrying
from bandstand.tenancy.resolution import announce_change
from bandstand.tenancy.template import newest_template

Report = Callable[[str], None]
Step = Move.Step
State = Organization.State

_UNFINISHED = (Step.BEGUN, Step.CLOSED, Step.COPIED, Step.SWITCHED)
_LOOK_EVERY = 0.05  # seconds between checks whether jobs are still running
# The fields of a job that move with it; its attempts and worker don't.
_JOB = ("kind", "payload", "payload_version", "queue", "brief", "key", "created_by", "created_at", "run_at", "trace")

logger = logging.getLogger(__name__)


def tenant_move(
    *, slug: str, to: str, through: str = "", drain_seconds: float = 60, report: Report = logger.debug
) -> Move:
    """Move the portal to the cell `to`, or resume an interrupted move; return the finished move.

    `through` is the command that runs manage.py there. `report` gets each step, and may raise to stop.
    Raises MoveError; the portal is then open here, unless the message says that it lives in the other cell.
    """
    organization = _organization(slug)
    with _alone(organization), migrations_held_off():
        move = _begin(organization, to=to, through=through)
        with Conversation(cell=move.cell, through=move.through) as there:
            try:
                _Departure(move, there, drain_seconds, report).go_on()
            except BaseException as problem:
                connection.close_if_unusable_or_obsolete()  # our own database connection may have failed
                move.refresh_from_db()
                if move.may_be_aborted:
                    _stay(move, problem=str(problem) or type(problem).__name__)
                    _clear(move, there)
                raise
    return move


def tenant_move_abort(*, slug: str) -> Move:
    """Open the portal here again, and delete its copy in the other cell. Raises MoveError once it lives there."""
    organization = _organization(slug)
    with _alone(organization):
        move: Move | None = organization.moves.first()
        if move is None or not (move.may_be_aborted or not move.cleared):
            raise MoveError(f"There is no move of {slug} to abort." if move is None else f"{move}: too late to abort.")
        if move.may_be_aborted:
            _stay(move, problem="aborted")
        with Conversation(cell=move.cell, through=move.through) as there:
            _clear(move, there)
        if not move.cleared:
            raise MoveError(f"{slug} is open here; {move.cell} can't be cleared: {move.problem} Abort again later.")
    return move


def tenant_move_confirm(*, slug: str) -> Move:
    """Delete the portal's remains here, once the other cell confirms that it is open there. Raises MoveError."""
    organization = _organization(slug)
    with _alone(organization):
        move: Move | None = organization.moves.first()
        if move is None or move.step != Step.OPENED:
            raise MoveError(f"There is no finished move of {slug} to confirm.")
        with Conversation(cell=move.cell, through=move.through) as there:
            state = there.ask("report", token=str(move.token))["state"]
        if state != Arrival.State.OPENED:
            raise MoveError(f"{slug} isn't open in {move.cell}, so nothing is deleted here.")
        tenant_files_delete(organization.schema_name)
        with transaction.atomic():
            organization_drop_schema(organization)
            Job.objects.filter(organization=organization).delete()
            _reach(move, Step.CONFIRMED)
        forget_schema(organization.schema_name)
    return move


class _Departure:
    """One move in progress."""

    def __init__(self, move: Move, there: Conversation, drain_seconds: float, report: Report) -> None:
        self._move = move
        self._organization = move.organization
        self._schema = str(move.organization.schema_name)
        self._there = there
        self._drain_seconds = drain_seconds
        self._report = report
        self._public: dict[str, Any] = {}  # its rows in `public` as copied
        self._files = FileDigests(self._schema)

    def go_on(self) -> None:
        """Perform the remaining steps."""
        if self._move.step != Step.SWITCHED:
            self._greet()
            self._copy_files()
            self._report("files copied ahead")
            self._close()
            self._report("read-only")
            self._copy_rows()
            self._copy_files()
            self._compare_files()
            _reach(self._move, Step.COPIED)
            self._report("copied and compared")
            self._switch()
            self._report("switched")
        self._open()
        self._report("open in the other cell")
        self._tidy()

    def _ask(self, do: str, **about: Any) -> dict[str, Any]:
        return self._there.ask(do, token=str(self._move.token), **about)

    def _greet(self) -> None:
        about = {
            "slug": self._organization.slug,
            "schema_name": self._schema,
            "cell": settings.CELL,
            "to": self._move.cell,
            "domains": list(self._organization.domains.values_list("domain", flat=True)),
        }
        answer = self._ask("greet", **about)
        cell = self._move.cell
        if answer["base_domain"] != settings.BASE_DOMAIN:
            raise MoveError(f"{cell} serves {answer['base_domain']}: cells share one BANDSTAND_PUBLIC_URL.")
        if answer["migrations"] != migrations_digest():
            raise MoveError(f"{cell} runs another release: bring both cells to the same one first.")
        # After a rollback the code is the same and the schemas aren't; the release before doesn't say.
        if answer.get("history", newest_template().history) != newest_template().history:
            raise MoveError(f"{cell} has other migrations: run `manage.py migrate` of the same release in both cells.")
        if answer["proof"] != proof(str(self._move.token)):
            raise MoveError(f"{cell} has another SECRET_KEY: sign-ins and links would end there. Cells share it.")

    def _copy_files(self) -> None:
        theirs = self._ask("list")["files"]
        ours = self._files.read()
        for name in theirs.keys() - ours.keys():
            self._ask("remove", name=name)
        for name, digest in ours.items():
            if theirs.get(name) != digest:
                with default_storage.open(f"{self._schema}/{name}") as content:
                    self._ask("file", name=name, content=content)

    def _compare_files(self) -> None:
        ours, theirs = self._files.read(), self._ask("list")["files"]
        if ours != theirs:
            raise MoveError(f"{len(ours.items() ^ theirs.items())} files didn't come as they are here.")
        self._move.files = len(ours)

    def _close(self) -> None:
        """Make the portal read-only: first by its state, then, when its jobs have ended, by revoking privileges."""
        if self._move.step != Step.BEGUN:
            return
        if self._organization.state != State.MOVING:
            with transaction.atomic():
                self._organization.state = State.MOVING
                self._organization.save(update_fields=["state"])  # its signal makes every process forget its hosts
                self._move.closed_at = timezone.now()
                self._move.save(update_fields=["closed_at"])
        self._drain()
        retrying(self._forbid)

    def _forbid(self) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            writing_forbid(self._schema)
            _reach(self._move, Step.CLOSED)

    def _drain(self) -> None:
        """Wait for running jobs; the dispatcher starts no new ones. Raises MoveError if they take too long."""
        deadline = time.monotonic() + self._drain_seconds
        running = Job.objects.filter(organization=self._organization, state__in=IN_FLIGHT)
        while running.exists():
            if time.monotonic() > deadline:
                names = ", ".join(sorted(set(running.values_list("kind", flat=True))))
                raise MoveError(f"Jobs still run after {self._drain_seconds:g} s: {names}. Move it at a quieter time.")
            time.sleep(_LOOK_EVERY)

    def _copy_rows(self) -> None:
        with tempfile.TemporaryFile() as content:
            with tarfile.open(fileobj=content, mode="w:") as tar:
                writer = ArchiveWriter(tar)
                manifest = rows_save(self._organization, writer, taken_at=timezone.now())
                writer.add_text(MANIFEST, json.dumps(manifest | {"files": []}, cls=ExactEncoder))
            answer = self._ask("contents", content=content)
        for saved in manifest["tables"]:
            if answer["tables"].get(saved["name"]) != [saved["rows"], saved["sha256"]]:
                raise MoveError(f"The table {saved['name']} didn't come as it is here.")
        if answer["sequences"] != manifest["sequences"]:
            raise MoveError("The sequences didn't come as they are here.")
        self._public = manifest["public"]
        self._move.rows = sum(saved["rows"] for saved in manifest["tables"])

    @transaction.atomic
    def _switch(self) -> None:
        """The point of no return: with this commit the portal lives in the other cell."""
        move = Move.objects.select_for_update().get(pk=self._move.pk)
        organization = Organization.objects.select_for_update().get(pk=self._organization.pk)
        if move.step != Step.COPIED or organization.state != State.MOVING:
            raise MoveError(f"Somebody else changed the move: it is {move.get_step_display()}.")
        if public_rows(organization) != self._public:
            raise MoveError("Its name, owners or domains changed at this very moment: move it again.")
        organization.state, organization.cell = State.MOVED, move.cell
        if not organization.owners_cell:  # what was said in an earlier stay there is older than what goes along
            organization.owners_version += 1
            organization.owners_carried = organization.owners_version
        organization.save(update_fields=["state", "cell", "owners_version", "owners_carried"])
        organization_record(organization, Act.MOVED, detail=f"{settings.CELL} → {move.cell}")
        _reach(self._move, Step.SWITCHED)

    def _open(self) -> None:
        with transaction.atomic():
            announce_change(self._organization.pk)  # a process killed right after the switch couldn't announce it
        jobs = [{name: getattr(job, name) for name in _JOB} for job in self._jobs()]
        marks = ScheduleMark.objects.filter(organization=self._organization).values("schedule", "due_at")
        try:
            self._ask("open", jobs=jobs, marks=list(marks), **self._owners())
        except MoveError as problem:
            raise MoveError(
                f"{self._organization.slug} lives in {self._move.cell}, but isn't open there yet: {problem} "
                "Run the same command again."
            ) from problem

    def _owners(self) -> dict[str, Any]:
        """Return which cell decides on the owners, and before which version its word is old by now."""
        organization = Organization.objects.get(pk=self._organization.pk)
        return {
            "owners_cell": organization.owners_cell or settings.CELL,
            "owners_version": organization.owners_version,
        }

    def _jobs(self) -> JobQuerySet:
        """Return the jobs that move along. Domain checks are enqueued afresh, as their rows get new ids there."""
        jobs = JobQuerySet(Job).of_organization(self._organization).unfinished()
        return jobs.exclude(kind=CHECK_DOMAIN.name).order_by("pk")

    @transaction.atomic
    def _tidy(self) -> None:
        """Delete the jobs that moved along, and the schedule marks."""
        JobQuerySet(Job).of_organization(self._organization).unfinished().delete()
        ScheduleMark.objects.filter(organization=self._organization).delete()
        self._move.opened_at = timezone.now()
        self._move.problem = ""
        _reach(self._move, Step.OPENED)


def _organization(slug: str) -> Organization:
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise MoveError(f"There is no portal {slug}.")
    return found


def _begin(organization: Organization, *, to: str, through: str) -> Move:
    """Return the move in progress, or a new one. Raises MoveError if the portal can't be moved."""
    move: Move | None = organization.moves.filter(step__in=_UNFINISHED).first()
    if move is not None:
        if move.cell != to:
            raise MoveError(f"{organization.slug} is on its way to {move.cell}: finish that, or abort it.")
        if through and through != move.through:
            move.through = through
            move.save(update_fields=["through"])
        return move
    if not settings.CELL:
        raise MoveError("BANDSTAND_CELL isn't set: this installation has no name among cells.")
    if to not in settings.CELLS:
        raise MoveError(f"BANDSTAND_CELLS doesn't say where {to} answers, so its portals couldn't be reached.")
    if organization.is_elsewhere:
        raise MoveError(f"{organization.slug} lives in {organization.cell}: move it from there.")
    if organization.state != State.ACTIVE:
        raise MoveError(f"{organization.slug} is {organization.get_state_display()}: only an open portal can be moved.")
    if organization.lacks_migrations:
        raise MoveError(f"{organization.slug} lacks migrations: run `manage.py migrate` first.")
    if not through:
        raise MoveError(f"Say by --through how manage.py is run in {to}.")
    _check_web(to)
    return Move.objects.create(organization=organization, cell=to, through=through)


def _check_web(cell: str) -> None:
    """Raise MoveError unless the web service of the other cell, to which visitors will be forwarded, answers."""
    address = f"{settings.CELLS[cell]}/readyz"
    try:
        # BANDSTAND_CELLS allows only http and https.
        with urllib.request.urlopen(address, timeout=10):  # noqa: S310
            pass
    except (urllib.error.URLError, OSError) as problem:
        raise MoveError(
            f"{address} doesn't answer as ready ({problem}), and visitors would be passed on there."
        ) from problem


def _reach(move: Move, step: str) -> None:
    move.step = step
    move.save()


def _stay(move: Move, *, problem: str) -> None:
    """Open the portal here again, as it was, in one transaction."""
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=move.organization_id)
        writing_allow(organization.schema_name)
        if organization.state == State.MOVING:
            organization.state = State.ACTIVE
            organization.save(update_fields=["state"])
        move.problem, move.cleared, move.opened_at = problem, False, timezone.now()
        _reach(move, Step.ABORTED)
        ring()


def _clear(move: Move, there: Conversation) -> None:
    """Delete the copy in the other cell; only record a failure, as the portal is open here in any case."""
    try:
        there.ask("discard", token=str(move.token))
    except MoveError as problem:
        move.problem = str(problem)
        logger.warning("%s keeps what came of %s until the move is aborted again: %s", move.cell, move, problem)
    else:
        move.cleared = True
    move.save(update_fields=["problem", "cleared"])


@contextmanager
def _alone(organization: Organization) -> Iterator[None]:
    """Hold the lock; raise MoveError if another process is moving the portal."""
    with advisory_lock(f"move:{organization.pk}", wait=False) as held:
        if not held:
            raise MoveError(f"Another process moves {organization.slug} at this moment.")
        yield
