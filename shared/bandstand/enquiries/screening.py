"""Which of visitors' messages are spam: kept apart, mailed to nobody, and deleted after some weeks."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from bandstand.content.shown_names import leads_somewhere
from bandstand.enquiries.models import BlockedSender, Enquiry

MOST_LINKS = 3  # people send the address of a page or two; who sells links sends many
MOST_REPEATS = 2  # of one text within a day, to other bands or from other addresses
KEEP_SPAM = timedelta(days=30)
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_MARKUP = re.compile(r"<a\s[^>]*href|\[url[=\]]|\[link[=\]]", re.IGNORECASE)


def is_spam(enquiry: Enquiry) -> bool:
    """Whether the message, which isn't stored yet, looks like what machines send, or comes from a blocked sender."""
    return (
        leads_somewhere(enquiry.sender_name)
        or bool(_LINK.search(enquiry.subject))
        or bool(_MARKUP.search(enquiry.message))
        or len(_LINK.findall(enquiry.message)) > MOST_LINKS
        or BlockedSender.objects.matching(enquiry.sender_email).exists()
        or _is_repeated(enquiry)
    )


def _is_repeated(enquiry: Enquiry) -> bool:
    since = timezone.now() - timedelta(days=1)
    return (
        Enquiry.objects.filter(message=enquiry.message, created_at__gt=since)[: MOST_REPEATS + 1].count() > MOST_REPEATS
    )


def spam_delete() -> int:
    """Delete what has been spam for long, and return how many messages that were."""
    old = Enquiry.objects.filter(state=Enquiry.State.SPAM, created_at__lt=timezone.now() - KEEP_SPAM)
    deleted, _by_model = old.delete()
    return deleted
