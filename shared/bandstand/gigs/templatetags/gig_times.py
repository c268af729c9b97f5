"""`{% gig_time gig "moment" %}`: the only way for templates to show a gig's times."""

from __future__ import annotations

from django import template

from bandstand.gigs import showing_times

register = template.Library()
register.simple_tag(showing_times.gig_time, name="gig_time")
register.filter("clock_time", showing_times.clock_time)
