"""Writes what web counted to the portals' rows. What can't be written yet waits for the next hour."""

from __future__ import annotations

from datetime import date

from django_tenants.utils import tenant_context

from bandstand.numbers.job_kinds import KEEP_NUMBERS, KeepNumbers
from bandstand.numbers.keeping import batch_keep
from bandstand.numbers.tallies import tallies_forget, tallies_waiting, tally_put_away, tally_take
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Organization
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(KEEP_NUMBERS)
def keep_numbers(_payload: KeepNumbers, run: Run) -> dict[str, int]:
    """Take each portal's days and add them to its rows."""
    waiting = tallies_waiting()
    schemas = {schema for schema, _day in waiting}
    living = {each.schema_name: each for each in Organization.objects.living_here().filter(schema_name__in=schemas)}
    kept = 0
    for number, (schema, day) in enumerate(waiting, start=1):
        organization = living.get(schema)
        if organization is None:
            tallies_forget(schema)
        elif takes_rows(organization) and (batch := tally_take(schema, day)):
            with tenant_context(organization):
                kept += batch_keep(day=date.fromisoformat(day), batch=batch)
            tally_put_away(schema, day)
        run.progress(number, len(waiting))
    return {"days": kept}
