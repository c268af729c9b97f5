"""Which requests scanners try: one page per address of the URLconf, and each form once, whatever rows there are.

A scanner that follows links by itself spends its time on the twentieth gig and on each way to sort a list.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from http import HTTPStatus
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from django.urls import Resolver404, resolve

# What ends the session that the scanner is in, changes the password under it, locks its account, or takes the rows away
# that others would be tried with. As shells match names.
AVOIDED = [
    "*/logout/",
    "*/sessions/*",
    "*/password/",
    "*/password/set/",
    "*/second-factor/*",
    "*/second-step/",
    "*/admin/accounts/user/*/*",
    "*/delete/",
    "*/remove/",
]
_TRUSTING = ssl.create_default_context()
_TRUSTING.check_hostname, _TRUSTING.verify_mode = False, ssl.CERT_NONE  # made for this run
CSRF = "csrfmiddlewaretoken"
# Not tried: the token, what counts rows of formsets and remembers former values, and all rows but the first.
MACHINERY = re.compile(rf"^{CSRF}$|_FORMS$|(^|-)initial-|-([1-9]\d*|__prefix__)-")
# What a field takes, by its type; for all else a number does.
LIKELY = {
    "email": "ada@example.org",
    "url": "https://example.org/",
    "date": "2027-01-31",
    "time": "20:00",
    "datetime-local": "2027-01-31T20:00",
    "password": "seven-strings-and-a-drum",
}


@dataclass(frozen=True)
class Request:
    """What a browser would send."""

    method: str
    url: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass
class Form:
    """A form of a page. `opening` says where a script of ours gets values for hidden fields."""

    method: str
    action: str
    opening: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """Collects links and forms."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.url = url
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._choice = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what leads on."""
        has = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in has:
            self.links.append(urljoin(self.url, has["href"]).partition("#")[0])
        elif tag == "form":
            opening = urljoin(self.url, has["data-opening"]) if "data-opening" in has else ""
            action = urljoin(self.url, has.get("action", "")).partition("#")[0]
            self.forms.append(Form(has.get("method", "get").upper(), action, opening))
        elif not self.forms:
            return
        elif tag in {"input", "textarea", "select"} and has.get("name") and _is_filled(has):
            likely = LIKELY.get(has.get("type", ""), "1")
            self.forms[-1].fields.setdefault(has["name"], has.get("value", "") or likely)
            self._choice = has["name"] if tag == "select" else ""
        elif tag == "option" and self._choice and ("selected" in has or self.forms[-1].fields[self._choice] == "1"):
            self.forms[-1].fields[self._choice] = has.get("value", "")


def _is_filled(has: Mapping[str, str]) -> bool:
    """Whether a person would fill the field: not files, not traps for machines, not the boxes that delete rows."""
    return (
        has.get("type") not in {"file", "submit"}
        and has.get("tabindex") != "-1"
        and not has["name"].endswith("-DELETE")
    )


@dataclass
class Found:
    """What there is to try."""

    pages: list[str] = field(default_factory=list)
    requests: dict[str, Request] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)


def explore(start: list[str], urlconf: str, cookies: Mapping[str, str], within: str) -> Found:
    """Visit one page per pattern, beginning with `start`; return the pages, the forms and what failed.

    Paths that don't match `within` are another place's.
    """
    found, seen, waiting = Found(cookies=dict(cookies)), set[str](), list(start)
    while waiting:
        url = waiting.pop(0)
        shape = _shape(url, start[0], urlconf, within)
        if shape is None or shape in seen:
            continue
        seen.add(shape)
        answer = fetch(url, found.cookies)
        found.cookies.update(answer.cookies)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            found.failures.append(f"{answer.status} {url}")
        if answer.location != url:
            waiting.append(answer.location)
        if answer.status != HTTPStatus.OK or "html" not in answer.kind:
            continue
        found.pages.append(url)
        page = Page(url, answer.text)
        waiting += page.links
        for form in page.forms:
            if shape := _shape(form.action, start[0], urlconf, within):
                hidden = json.loads(fetch(form.opening, found.cookies).text) if form.opening else {}
                request = Request(form.method, form.action, tuple({**form.fields, **hidden}.items()))
                found.requests.setdefault(f"{form.method} {shape.rstrip('?')} {sorted(form.fields)}", request)
    return found


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    kind: str
    location: str
    text: str
    cookies: dict[str, str]


def fetch(url: str, cookies: Mapping[str, str]) -> Answer:
    """Return the answer to a GET request; redirects aren't followed. Names below .localhost are this machine."""
    parts = urlsplit(url)
    headers = {"Host": parts.netloc, "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    asking = http.client.HTTPSConnection("127.0.0.1", parts.port, timeout=60, context=_TRUSTING)
    with closing(asking):
        asking.request("GET", parts._replace(scheme="", netloc="").geturl(), headers=headers)
        answer = asking.getresponse()
        kind = answer.headers.get("Content-Type", "")
        text = answer.read().decode(errors="replace") if "html" in kind or "json" in kind else ""
        planted = SimpleCookie("; ".join(line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie", [])))
        cookies = {name: morsel.value for name, morsel in planted.items()}
        return Answer(answer.status, kind, urljoin(url, answer.headers.get("Location", "")), text, cookies)


def proxy_log(requests: list[Request], cookies: Mapping[str, str]) -> str:
    """Return the requests as a proxy would have logged them, in the form that sqlmap reads (Burp's)."""
    line = "=" * 54
    return "".join(
        f"{line}\n00:00:00  {_origin(each)}  [127.0.0.1]\n{line}\n{_sent(each, cookies)}\n{line}\n\n"
        for each in requests
    )


def _sent(request: Request, cookies: Mapping[str, str]) -> str:
    parts = urlsplit(request.url)
    body = urlencode(request.fields)
    query = "&".join(part for part in (parts.query, body if request.method == "GET" else "") if part)
    head = [
        f"{request.method} {parts.path}{'?' if query else ''}{query} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Origin: {_origin(request)}",
        f"Referer: {request.url}",
        f"X-CSRFToken: {token_of(cookies)}",
        "Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()),
    ]
    if request.method == "POST":
        head.append("Content-Type: application/x-www-form-urlencoded")
    return "\n".join([*head, "", body if request.method == "POST" else ""])


def token_of(cookies: Mapping[str, str]) -> str:
    """Return what proves that the holder of these cookies sent a request. Source: Django, CSRF_HEADER_NAME."""
    return next((value for name, value in cookies.items() if name.endswith("csrftoken")), "")


def _origin(request: Request) -> str:
    parts = urlsplit(request.url)
    return f"{parts.scheme}://{parts.netloc}"


def _shape(url: str, first: str, urlconf: str, within: str) -> str | None:
    """Return the pattern that answers, None for no page of this place; the admin's say which model as well."""
    parts = urlsplit(url)
    if parts.netloc != urlsplit(first).netloc or not re.match(within, parts.path):
        return None
    if any(fnmatchcase(parts.path, each) for each in AVOIDED):
        return None
    try:
        match = resolve(parts.path, urlconf)
    except Resolver404:
        return None
    return f"{match.route}{'?' if parts.query and '/admin/' not in parts.path else ''}"
