"""Spam detection for visitors' messages: spam is kept apart, not mailed, and deleted after some weeks."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone

from bandstand.content.shown_names import leads_somewhere
from bandstand.enquiries.models import BlockedSender, Enquiry

MOST_LINKS = 3  # people send a link or two, link spammers send many
MOST_REPEATS = 2  # of the same text within a day, to any band and from any address
KEEP_SPAM = timedelta(days=30)
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_MARKUP = re.compile(r"<a\s[^>]*href|\[url[=\]]|\[link[=\]]", re.IGNORECASE)


def is_spam(enquiry: Enquiry) -> bool:
    """Whether the unsaved message looks automated, or comes from a blocked sender."""
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
    """Delete old spam and return how many messages."""
    old = Enquiry.objects.filter(state=Enquiry.State.SPAM, created_at__lt=timezone.now() - KEEP_SPAM)
    deleted, _by_model = old.delete()
    return deleted
