"""Enquiries with the least that is needed."""

from __future__ import annotations

import factory

from bandstand.enquiries.models import Enquiry
from tests.factories.bands import BandFactory


class EnquiryFactory(factory.django.DjangoModelFactory[Enquiry]):
    class Meta:
        model = Enquiry

    band = factory.SubFactory(BandFactory)
    subject = "A wedding in May"
    message = "Would you play for us?"
    sender_email = factory.Sequence(lambda number: f"sender{number}@example.org")
