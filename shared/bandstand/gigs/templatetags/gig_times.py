"""`{% gig_time gig "moment" %}`: the only way for templates to show a gig's times."""

from __future__ import annotations

from django import template

from bandstand.gigs import showing_prices, showing_times

register = template.Library()
register.simple_tag(showing_times.gig_time, name="gig_time")
register.filter("clock_time", showing_times.clock_time)
register.simple_tag(showing_times.sale_time, name="sale_time")
register.filter("price", showing_prices.shown_price)
register.filter("minimum_age", showing_prices.minimum_age)
