"""What operators do with backups, by code of any version: `python tests/upgrade/saving.py '[["backup_tenant", "a"]]'`.

Prints a JSON list with a pair for each: whether it went well, and what it said.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable

import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django_tenants.utils import tenant_context  # noqa: E402

from bandstand.accounts.models import User  # noqa: E402
from bandstand.bands.models import Band, Genre  # noqa: E402
from bandstand.media.models import Picture  # noqa: E402
from bandstand.media.storage import new_original_path  # noqa: E402
from bandstand.organizations.models import Organization  # noqa: E402
from bandstand.portals.exporting import organization_export  # noqa: E402

try:
    from bandstand.organizations.behind import is_behind
    from bandstand.tenancy.provisioning import organization_create
except ModuleNotFoundError:  # a release from before tenancy had a room of its own
    from bandstand.organizations.provisioning import organization_create  # type: ignore[no-redef]
    from bandstand.organizations.schema_states import is_behind  # type: ignore[no-redef]


def command(*arguments: str) -> str:
    """Run a command of manage.py and return what it said."""
    said = io.StringIO()
    call_command(*arguments, stdout=said, stderr=said)
    return said.getvalue().strip()


def fill(slug: str) -> str:
    """Make a portal with bands, genres and a picture, and return its schema."""
    owner, _created = User.objects.get_or_create(email="saving@example.org", defaults={"name": "Saving"})
    made = organization_create(name=slug, slug=slug, owner=owner)
    with tenant_context(made):
        genre = Genre.objects.create(name="Hard Bop", slug="hard-bop")
        for number in range(20):
            band = Band.objects.create(name=f"Tab\t{number}", slug=f"band-{number}", town="Böhl", is_published=True)
            band.genres.add(genre)
        path = default_storage.save(new_original_path(), ContentFile(b"not a picture, and kept all the same"))
        Picture.objects.create(original=path)
    return str(made.schema_name)


def export(slug: str) -> str:
    """Copy the portal as its owner does, unless web shows that it is under maintenance."""
    organization = Organization.objects.get(slug=slug)
    if is_behind(organization):
        return "closed"
    with organization_export(organization) as copy:
        return str(len(copy.read()) > 0)


DOINGS: dict[str, Callable[..., str]] = {"fill": fill, "export": export}


def main() -> None:
    told = []
    for name, *arguments in json.loads(sys.argv[1]):
        try:
            said = DOINGS[name](*arguments) if name in DOINGS else command(name, *arguments)
        except Exception as problem:  # noqa: BLE001 # whatever it is, it is what is told
            told.append((False, f"{type(problem).__name__}: {problem}"))
        else:
            told.append((True, said))
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
