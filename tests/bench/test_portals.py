"""The portals that benchmarks are measured beside can still be made."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bandstand.organizations.models import Organization
from tests.bench import portals

THREE = "import django; django.setup(); from tests.bench import portals; portals.ensure(3)"

pytestmark = pytest.mark.long


@pytest.mark.django_db
def test_each_is_made_of_the_first_and_has_what_must_be_its_own() -> None:
    """By a process of its own, as the role that owns the schemas, as benchmarks are."""
    environment = {**os.environ, "DATABASE_URL": os.environ["MIGRATION_DATABASE_URL"]}

    subprocess.run([sys.executable, "-c", THREE], env=environment, check=True)

    made = list(Organization.objects.filter(slug__startswith="portal-").order_by("slug"))
    assert [each.slug for each in made] == [portals.slug(number) for number in range(3)]
    assert len({each.uid for each in made}) == len({each.schema_name for each in made}) == 3
