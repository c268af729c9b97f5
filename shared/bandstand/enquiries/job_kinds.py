"""Kinds of jobs about visitors' messages."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind


@dataclass(frozen=True)
class TellOfMessage:
    enquiry_id: int


@dataclass(frozen=True)
class TellOfReply:
    reply_id: int


TELL_OF_MESSAGE = Kind("enquiries.tell_of_message", TellOfMessage, title=_("Tell the team about a message"), brief=True)
TELL_OF_REPLY = Kind("enquiries.tell_of_reply", TellOfReply, title=_("Tell the team about a reply"), brief=True)
