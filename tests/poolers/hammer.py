"""Two tenants asked by many threads through the WSGI application: `python -m tests.poolers.hammer REQUESTS`.

`build` instead of a number makes the two. Prints as JSON what went wrong: answers that showed another's people,
unexpected answers, rows in the wrong schema, and what a stranger then finds left on the server's connections.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import psycopg
from django_tenants.utils import tenant_context

THREADS = 12
CAST = {"ants": "ants@example.org", "bees": "bees@example.org"}


def build() -> None:
    """Make the two tenants, with one member each."""
    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.tenancy.provisioning import organization_create  # noqa: PLC0415

    for slug, email in CAST.items():
        owner = User.objects.create(email=f"owner-of-{email}", password="!")
        organization = organization_create(name=slug, slug=slug, owner=owner, language="en")
        with tenant_context(organization):
            User.objects.update(email=email)


def hammer(requests: int) -> None:
    """Ask that often and report."""
    from tests.poolers.urls import STEPS, WRITING  # noqa: PLC0415

    steps = cycle((step, slug) for step in STEPS for slug in CAST)
    plan = [
        (f"{slug}-{os.getpid()}-{number}", step) for number, (step, slug) in zip(range(requests), steps, strict=False)
    ]
    with ThreadPoolExecutor(THREADS) as threads:
        problems = [problem for problem in threads.map(_ask, plan) if problem]
    wanted = {name for name, step in plan if step in WRITING}
    report = {
        "requests": len(plan),
        "problems": dict(Counter(problems)),
        "written": len(wanted),
        "misplaced": sum(len({n for n in wanted if n.startswith(slug)} ^ _written(slug)) for slug in CAST),
        "left_behind": sorted(_left_behind()),
    }
    sys.stdout.write(json.dumps(report))


def _ask(asked: tuple[str, str]) -> str:
    """Return what was wrong with one request's answer, or nothing."""
    from django.test import RequestFactory  # noqa: PLC0415

    from bandstand_web.wsgi import application  # noqa: PLC0415

    name, step = asked
    slug = name.partition("-")[0]
    environ = RequestFactory(HTTP_HOST=f"{slug}.bandstand.localhost").get(f"/steps/{step}/{name}/").environ
    status: list[str] = []
    response = application(environ, lambda line, _headers: status.append(line))
    body = b"".join(response)
    response.close()
    if step == "lose-everything":
        return "" if status == ["500 Internal Server Error"] else f"{step} answered {status}"
    if status != ["200 OK"]:
        return f"{step} answered {status}"
    people = json.loads(body)["people"]
    return "" if people == [CAST[slug]] else f"{step} showed {slug} the people {people}"


def _written(slug: str) -> set[str]:
    """Return the names of this run's rows in the tenant's table, as one who asks PostgreSQL itself finds them."""
    with psycopg.connect(os.environ["BANDSTAND_DATABASE_DIRECT_URL"]) as link:
        (schema,) = link.execute(
            "SELECT schema_name FROM organizations_organization WHERE slug = %s", [slug]
        ).fetchone()
        rows = link.execute(f"SELECT name FROM {schema}.auth_group WHERE name LIKE %s", [f"%-{os.getpid()}-%"])
        return {name for (name,) in rows}


def _left_behind() -> set[str]:
    """Return the settings that a stranger finds on both of the pooler's connections to the server."""
    found = set()
    strangers = [psycopg.connect(os.environ["DATABASE_URL"]) for _connection in range(2)]
    for link in strangers:  # each keeps its server connection until the end
        for name in ("search_path", "statement_timeout", "idle_in_transaction_session_timeout", "synchronous_commit"):
            row = link.execute("SELECT current_setting(%s), reset_val FROM pg_settings WHERE name = %s", [name, name])
            now, initial = row.fetchone() or ("", "")
            if now not in {initial, f"{initial}s"}:
                found.add(f"{name} = {now}")
    for link in strangers:
        link.close()
    return found


if __name__ == "__main__":
    import django

    django.setup()
    build() if sys.argv[1] == "build" else hammer(int(sys.argv[1]))
