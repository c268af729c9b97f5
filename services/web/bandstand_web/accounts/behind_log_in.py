"""Puts third-party URL patterns behind log-in, whether or not their views require it."""

from __future__ import annotations

from collections.abc import Container, Sequence

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver


def behind_log_in(
    patterns: Sequence[URLPattern | URLResolver], *, but_not: Container[str | None] = ()
) -> list[URLPattern | URLResolver]:
    """Return the patterns with log-in required for each view, except those named in `but_not`."""
    return [_resolver(each, but_not) if isinstance(each, URLResolver) else _pattern(each, but_not) for each in patterns]


def _pattern(pattern: URLPattern, but_not: Container[str | None]) -> URLPattern:
    if pattern.name in but_not:
        return pattern
    return URLPattern(pattern.pattern, login_required(pattern.callback), pattern.default_args, pattern.name)


def _resolver(resolver: URLResolver, but_not: Container[str | None]) -> URLResolver:
    inner = behind_log_in(resolver.url_patterns, but_not=but_not)
    return URLResolver(resolver.pattern, inner, resolver.default_kwargs, resolver.app_name, resolver.namespace)
