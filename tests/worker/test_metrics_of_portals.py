"""The dispatcher tells Prometheus how many portals a release closes."""

from __future__ import annotations

from bandstand.database.connection import connection
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization
from bandstand_worker.metrics import Metrics
from tests.conftest import Portal


def test_it_counts_portals_that_lack_this_releases_migrations(alice_portal: Portal, charlie_portal: Portal) -> None:
    metrics = Metrics()
    metrics._on = True

    def behind() -> float | None:
        connection.ensure_connection()
        metrics.observe(connection.connection)
        return metrics.registry.get_sample_value("bandstand_portals_behind")

    before = behind()
    assert before is not None
    Organization.objects.filter(pk=alice_portal.organization.pk).update(lacks_migrations=migrations_digest())
    Organization.objects.filter(pk=charlie_portal.organization.pk).update(lacks_migrations="what-the-next-one-brings")

    assert behind() == before + 1
