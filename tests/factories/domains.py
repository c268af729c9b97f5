"""Organizations' own domains in each state."""

from __future__ import annotations

import factory
from django.utils import timezone

from bandstand.domains.models import Certificate, CustomDomain
from bandstand.organizations.models import Domain


class CustomDomainFactory(factory.django.DjangoModelFactory[CustomDomain]):
    """A claim that waits for its records. Needs `organization`."""

    class Meta:
        model = CustomDomain
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"www.band{number}.com")


class ProvenDomainFactory(CustomDomainFactory):
    """A domain whose records were found: the portal answers there."""

    verified_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def answering(self, create: bool, _extracted: object, **_kwargs: object) -> None:
        if create:
            Domain(tenant=self.organization, domain=self.name, is_primary=False).save()  # type: ignore[attr-defined]


class LiveDomainFactory(ProvenDomainFactory):
    """A domain with a certificate."""

    certificate = Certificate.READY
