"""The one typed place that reads the process's environment.

Every variable is declared once, in the class below; tests keep `.env.example` and docs/operating.md in step with it.
A secret may also come from a file: `SECRET_KEY_FILE=/run/secrets/key` is read if `SECRET_KEY` is unset.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from bandstand.outgoing.policy import Opening
from bandstand.settings.secret_keys import DEVELOPMENT_SECRET, MIN_LENGTH, is_known
from bandstand.settings.storages import place_problem

Profile = Literal["development", "test", "production"]
PROFILES: tuple[Profile, ...] = ("development", "test", "production")
# Anymail's providers, and its names for their keys.
MAIL_PROVIDERS = {
    "brevo": "BREVO_API_KEY",
    "postmark": "POSTMARK_SERVER_TOKEN",
    "sendgrid": "SENDGRID_API_KEY",
    "sparkpost": "SPARKPOST_API_KEY",
}
CELL_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
CELL_ADDRESS = re.compile(CELL_NAME.pattern + r"=https?://[^\s/?#]+")
CUSTOM_DOMAINS = ("off", "proxy", "cluster")
HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
PLAN_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
POOLERS = ("off", "transaction")
DNS_PORT = 53
LEAST_AUDIT_DAYS = 90  # the database refuses to delete newer entries, see bandstand.audit

ROOT = Path(__file__).resolve().parents[3]


def variable(
    default: Any = MISSING, *, about: str, development: Any = MISSING, secret: bool = False, name: str | None = None
) -> Any:
    """Declare one environment variable.

    `default` applies to every profile, `development` replaces it in development and test; without either the variable
    is required. A `secret` may come from a file and is never printed.
    """
    metadata = {"about": about, "development": development, "secret": secret, "default": default, "name": name}
    return field(metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """All settings of a deployment, typed. Create it with `Environment.read()`."""

    profile: str = variable(
        "production", name="BANDSTAND_PROFILE", about="development, test or production; production refuses guesses."
    )
    secret_key: str = variable(
        development=DEVELOPMENT_SECRET,
        secret=True,
        name="SECRET_KEY",
        about="Signs sessions, links and cookies; 50 random characters or more.",
    )
    secret_key_fallbacks: list[str] = variable(
        default=[],
        secret=True,
        name="SECRET_KEY_FALLBACKS",
        about="Former keys, comma-separated, that still verify while keys rotate.",
    )
    database_url: str = variable(
        secret=True,
        name="DATABASE_URL",
        about="PostgreSQL as the runtime role: postgresql://user:password@host:5432/name?sslmode=verify-full",
    )
    database_pooler: str = variable(
        default="off",
        name="BANDSTAND_DATABASE_POOLER",
        about="transaction when DATABASE_URL leads to a pooler such as PgBouncer in transaction mode, else off.",
    )
    database_direct_url: str = variable(
        default="",
        secret=True,
        name="BANDSTAND_DATABASE_DIRECT_URL",
        about="Behind such a pooler: PostgreSQL itself, as the runtime role, for the dispatcher, backups and the like.",
    )
    replica_url: str = variable(
        default="",
        secret=True,
        name="BANDSTAND_REPLICA_URL",
        about="A streaming replica of the same database, from which web makes visitors' pages; none if empty.",
    )
    citus: bool = variable(
        default=False,
        name="BANDSTAND_CITUS",
        about="Whether PostgreSQL is a Citus cluster over which jobs spread portals' schemas; true or false.",
    )
    redis_url: str = variable(
        secret=True, name="REDIS_URL", about="Redis or Valkey for cache and job transport: redis://host:6379/0"
    )
    public_url: str = variable(
        development="http://bandstand.localhost:8000",
        name="BANDSTAND_PUBLIC_URL",
        about="Address of the platform; portals live at subdomains of its host.",
    )
    email_url: str = variable(
        development="consolemail://",
        secret=True,
        name="EMAIL_URL",
        about="Where mail goes: smtp+tls://user:password@host:587, or one of brevo, postmark, sendgrid, sparkpost.",
    )
    mail_key: str = variable(
        default="",
        secret=True,
        name="BANDSTAND_MAIL_KEY",
        about="The mail provider's API key, unless mail goes by SMTP.",
    )
    mail_webhook_secret: str = variable(
        default="",
        secret=True,
        name="BANDSTAND_MAIL_WEBHOOK_SECRET",
        about="user:password with which the provider may report bounces at /hooks/mail/…; nobody may without it.",
    )
    mails_per_hour: int = variable(
        default=500,
        name="BANDSTAND_MAILS_PER_HOUR",
        about="Mails that one organization sends in an hour, those to many counted apart; more wait. 0 for no limit.",
    )
    mails_to_one_per_hour: int = variable(
        default=20,
        name="BANDSTAND_MAILS_TO_ONE_PER_HOUR",
        about="Mails that one address gets in an hour from all portals, codes and links to log in counted apart.",
    )
    mails_to_one_per_day: int = variable(
        default=100,
        name="BANDSTAND_MAILS_TO_ONE_PER_DAY",
        about="The same for 24 hours; what is more isn't sent. Messages of visitors are in the backstage all the same.",
    )
    default_plan: str = variable(
        default="standard",
        name="BANDSTAND_DEFAULT_PLAN",
        about="Short name of the plan that organizations are on unless staff chose another; made if it is missing.",
    )
    portals_per_owner: int = variable(
        default=10,
        name="BANDSTAND_PORTALS_PER_OWNER",
        about="Portals that one account may own unless a plan of theirs allows more; 0 for no limit.",
    )
    portals_per_hour: int = variable(
        default=5,
        name="BANDSTAND_PORTALS_PER_HOUR",
        about="Portals that one account may open in an hour; 0 for no limit.",
    )
    signups_per_hour: int = variable(
        default=20,
        name="BANDSTAND_SIGNUPS_PER_HOUR",
        about="Sign-ups, and new portals, from one network address in an hour; 0 for no limit.",
    )
    reserved_names: list[str] = variable(
        default=[],
        name="BANDSTAND_RESERVED_NAMES",
        about="Names that no new portal's address may hold or look like, besides the built-in ones; comma-separated.",
    )
    slugs_held_days: int = variable(
        default=90,
        name="BANDSTAND_SLUGS_HELD_DAYS",
        about="How long the address of a deleted portal is kept for its former owners, in days; 0 frees it at once.",
    )
    support_contact: str = variable(
        default="",
        name="BANDSTAND_SUPPORT_CONTACT",
        about="Whom to ask for a larger plan (mailto:… or https://…); pages that refuse something name it.",
    )
    mail_from: str = variable(
        default="", name="BANDSTAND_MAIL_FROM", about="Sender address of mails; default: noreply@ the platform's host."
    )
    media: str = variable(
        default="/var/lib/bandstand/media",
        development=str(ROOT / ".local" / "media"),
        name="BANDSTAND_MEDIA",
        about="Where uploads and prepared pictures stand: a folder that web and worker share, or s3://bucket/path.",
    )
    media_host: str = variable(
        default="",
        name="BANDSTAND_MEDIA_HOST",
        about="Host at which web serves pictures and nothing else, without cookies; at a domain of its own.",
    )
    static_root: Path = variable(
        default=Path("/srv/static"),
        development=ROOT / "staticfiles",
        name="BANDSTAND_STATIC_ROOT",
        about="Folder that collectstatic fills and web serves.",
    )
    trusted_proxies: int = variable(
        default=0,
        name="BANDSTAND_TRUSTED_PROXIES",
        about="Number of reverse proxies in front of web; 0 ignores X-Forwarded-* headers.",
    )
    database_pool_size: int = variable(
        default=8, name="BANDSTAND_DATABASE_POOL_SIZE", about="Most database connections per process."
    )
    web_threads: int = variable(
        default=8,
        development=4,
        name="BANDSTAND_WEB_THREADS",
        about="Requests that one process of web works on at a time, half of them of one portal; the rest wait.",
    )
    host_cache_seconds: int = variable(
        default=30,
        name="BANDSTAND_HOST_CACHE_SECONDS",
        about="How long a process trusts a resolved host while it hears of no changes, as Redis is away.",
    )
    page_cache_seconds: int = variable(
        default=60,
        name="BANDSTAND_PAGE_CACHE_SECONDS",
        about="How long a page for everybody is kept while nothing in its portal changes; 0 keeps none.",
    )
    spare_schemas: int = variable(
        default=5,
        name="BANDSTAND_SPARE_SCHEMAS",
        about="Schemas kept ready for the next sign-ups; 0 builds each portal when it is wanted.",
    )
    custom_domains: str = variable(
        default="off",
        development="proxy",
        name="BANDSTAND_CUSTOM_DOMAINS",
        about="Who gets certificates for organizations' domains: proxy (asks /tls-ask), cluster, or off for none.",
    )
    domains_target: str = variable(
        default="",
        name="BANDSTAND_DOMAINS_TARGET",
        about="Host that organizations' own domains point to by CNAME; default: the platform's host.",
    )
    domains_addresses: list[str] = variable(
        default=[],
        name="BANDSTAND_DOMAINS_ADDRESSES",
        about="IP addresses of that host, comma-separated, for domains that can't have a CNAME.",
    )
    dns_resolvers: list[str] = variable(
        default=[],
        name="BANDSTAND_DNS_RESOLVERS",
        about="Resolvers asked about organizations' domains, as address or address:port; default: the system's.",
    )
    outgoing_allowed: list[str] = variable(
        default=[],
        name="BANDSTAND_OUTGOING_ALLOWED",
        about="Private addresses that people's links may lead to all the same, each with its port: 10.1.2.3:8443.",
    )
    cluster_config: str = variable(
        default="",
        name="BANDSTAND_CLUSTER_CONFIG",
        about="JSON file that says how the reconciler publishes domains in a Kubernetes cluster; the chart writes it.",
    )
    cell: str = variable(
        default="",
        name="BANDSTAND_CELL",
        about="Name of this installation among several that share one platform; see docs/scaling.md.",
    )
    cells: list[str] = variable(
        default=[],
        name="BANDSTAND_CELLS",
        about="Where web passes requests for portals on that moved: north=http://web.north.example:8000, …",
    )
    pg_dump: str = variable(
        default="pg_dump", name="BANDSTAND_PG_DUMP", about="The pg_dump program, at least as new as the server."
    )
    backups: str = variable(
        default="/var/lib/bandstand/backups",
        development=str(ROOT / ".local" / "backups"),
        name="BANDSTAND_BACKUPS",
        about="Where backups go: a folder, or s3://bucket/path.",
    )
    backup_keys: list[str] = variable(
        default=[],
        secret=True,
        name="BANDSTAND_BACKUP_KEY",
        about="Key of backups, AGE-SECRET-KEY-1…, as `manage.py backup_key` makes it; former ones follow after commas.",
    )
    worker_concurrency: int = variable(
        default=4,
        development=2,
        name="BANDSTAND_WORKER_CONCURRENCY",
        about="Jobs that one worker runs at a time, each in a process.",
    )
    worker_queues: list[str] = variable(
        default=["interactive", "default", "bulk"],
        name="BANDSTAND_WORKER_QUEUES",
        about="Queues that this worker serves, most urgent first.",
    )
    worker_grace_seconds: int = variable(
        default=25,
        name="BANDSTAND_WORKER_GRACE_SECONDS",
        about="How long a worker that is told to stop may finish its jobs; keep the pod's grace period longer.",
    )
    worker_max_memory_mb: int = variable(
        default=400,
        name="BANDSTAND_WORKER_MAX_MEMORY_MB",
        about="A worker process above this is replaced after its job.",
    )
    jobs_lease_seconds: int = variable(
        default=30,
        name="BANDSTAND_JOBS_LEASE_SECONDS",
        about="How long a job stays with a worker that no longer says that it works on it.",
    )
    jobs_per_organization: int = variable(
        default=0,
        name="BANDSTAND_JOBS_PER_ORGANIZATION",
        about="Messages per queue that one organization may have under way; 0 fits it to the workers there are.",
    )
    metrics_port: int = variable(
        default=0,
        name="BANDSTAND_METRICS_PORT",
        about="Port on which the dispatcher answers Prometheus; 0 for none. Keep it off the internet.",
    )
    web_metrics_port: int = variable(
        default=0,
        name="BANDSTAND_WEB_METRICS_PORT",
        about="Port on which web answers Prometheus; 0 for none. Keep it off the internet.",
    )
    sentry_dsn: str = variable(
        default="", secret=True, name="SENTRY_DSN", about="Where errors are reported, without contents; none if empty."
    )
    sentry_environment: str = variable(
        default="", name="SENTRY_ENVIRONMENT", about="Name of this installation in Sentry; default: the profile."
    )
    otlp_endpoint: str = variable(
        default="",
        name="OTEL_EXPORTER_OTLP_ENDPOINT",
        about="OpenTelemetry collector that gets traces, by OTLP over HTTP: http://collector:4318; none if empty.",
    )
    otlp_headers: list[str] = variable(
        default=[],
        secret=True,
        name="OTEL_EXPORTER_OTLP_HEADERS",
        about="Headers that the collector wants, name=value, comma-separated.",
    )
    traces_share: float = variable(
        default=0.01,
        name="BANDSTAND_TRACES_SHARE",
        about="Share of requests and scheduled jobs that are traced, above 0 and at most 1.",
    )
    security_contact: str = variable(
        default="",
        name="BANDSTAND_SECURITY_CONTACT",
        about="Where to report weaknesses (mailto:… or https://…), for /.well-known/security.txt; no file if empty.",
    )
    staff_second_factor: bool = variable(
        default=True,
        development=False,
        name="BANDSTAND_STAFF_SECOND_FACTOR",
        about="Whether the platform's staff must log in in two steps; true or false.",
    )
    session_idle_hours: int = variable(
        default=72,
        name="BANDSTAND_SESSION_IDLE_HOURS",
        about="A log-in ends when nothing was asked for in this time; 1 or more.",
    )
    session_days: int = variable(
        default=14,
        name="BANDSTAND_SESSION_DAYS",
        about="A log-in ends this long after it began in any case; 1 or more.",
    )
    audit_days: int = variable(
        default=365,
        name="BANDSTAND_AUDIT_DAYS",
        about="How long lines of the security logs are kept, in days; 90 or more.",
    )
    release: str = variable(
        default="", name="BANDSTAND_RELEASE", about="Version that errors are reported under; images set it."
    )
    log_level: str = variable(default="INFO", name="BANDSTAND_LOG_LEVEL", about="DEBUG, INFO, WARNING or ERROR.")

    @property
    def is_production(self) -> bool:
        """Whether the strict production profile is active."""
        return self.profile == "production"

    @property
    def scheme(self) -> str:
        """`http` or `https`, for all generated URLs."""
        return urlsplit(self.public_url).scheme

    @property
    def base_domain(self) -> str:
        """The platform's host, lower case, without a port."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def port(self) -> int | None:
        """The port for all generated URLs; None for the scheme's default."""
        return urlsplit(self.public_url).port

    @property
    def media_origin(self) -> str:
        """The media host's origin, for the Content Security Policy; empty without a media host."""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.media_host}{port}" if self.media_host else ""

    @classmethod
    def read(cls, source: Mapping[str, str] | None = None) -> Environment:
        """Return the settings from `source` (default: the process's environment).

        Raises ImproperlyConfigured with the names of all variables that are missing or wrong, never with their values.
        """
        reader = environ.Env()
        reader.ENVIRON = dict(os.environ if source is None else source)
        profile = reader.ENVIRON.get("BANDSTAND_PROFILE", "production")
        if profile not in PROFILES:
            raise ImproperlyConfigured(f"BANDSTAND_PROFILE is {profile!r}; choose one of {', '.join(PROFILES)}.")
        found: dict[str, Any] = {}
        problems: list[str] = []
        for item in fields(cls):
            try:
                found[item.name] = _value(reader, item.metadata, str(item.type), development=profile != "production")
            except ImproperlyConfigured as problem:
                problems.append(str(problem))
        if not problems:
            environment = cls(**found)
            problems = environment.problems() + (_habits(reader.ENVIRON) if environment.is_production else [])
        if problems:
            raise ImproperlyConfigured("Bandstand can't start:\n- " + "\n- ".join(problems))
        return environment

    def problems(self) -> list[str]:
        """Return the inconsistencies between values, one sentence each."""
        found = []
        address = urlsplit(self.public_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            found.append("BANDSTAND_PUBLIC_URL must look like https://bands.example.org.")
        elif "*" in address.hostname:
            found.append("BANDSTAND_PUBLIC_URL names a wildcard host; name the platform's own host.")
        found += self._network_problems() + self._numbers_problems() + self._pooler_problems()
        places = {"BANDSTAND_MEDIA": self.media, "BANDSTAND_BACKUPS": self.backups}
        found += [problem for name, place in places.items() if (problem := place_problem(name, place))]
        if self.email_url in MAIL_PROVIDERS and not self.mail_key:
            found.append(f"BANDSTAND_MAIL_KEY must hold the API key that {self.email_url} gave you.")
        if self.sentry_dsn and not urlsplit(self.sentry_dsn).username:
            found.append("SENTRY_DSN must look like https://key@sentry.example.org/1.")
        if self.security_contact and urlsplit(self.security_contact).scheme not in {"mailto", "https"}:
            found.append("BANDSTAND_SECURITY_CONTACT must begin with mailto: or https://.")
        if self.support_contact and urlsplit(self.support_contact).scheme not in {"mailto", "https"}:
            found.append("BANDSTAND_SUPPORT_CONTACT must begin with mailto: or https://.")
        if self.mail_webhook_secret and ":" not in self.mail_webhook_secret:
            found.append("BANDSTAND_MAIL_WEBHOOK_SECRET must look like user:password.")
        found += self._cells_problems() + self._traces_problems()
        if self.is_production:
            found += self._production_problems()
        return found

    def _cells_problems(self) -> list[str]:
        if not all(CELL_ADDRESS.fullmatch(each) for each in self.cells):
            return ["BANDSTAND_CELLS must look like north=http://web.north.example:8000,south=http://10.1.2.3:8000."]
        names = [each.split("=", 1)[0] for each in self.cells]
        if len({*names, self.cell}) != len(names) + 1 or (names and not self.cell):
            return ["BANDSTAND_CELL must name this cell, and BANDSTAND_CELLS the others, each once."]
        if self.cell and not CELL_NAME.fullmatch(self.cell):
            return ["BANDSTAND_CELL must be of small letters, digits and hyphens, 40 at most."]
        return []

    def _traces_problems(self) -> list[str]:
        found = []
        address = urlsplit(self.otlp_endpoint)
        if self.otlp_endpoint and (address.scheme not in {"http", "https"} or not address.hostname or address.query):
            found.append("OTEL_EXPORTER_OTLP_ENDPOINT must look like http://collector:4318, without /v1/traces.")
        if not all(re.fullmatch(r"[^=\s]+=.+", each) for each in self.otlp_headers):
            found.append("OTEL_EXPORTER_OTLP_HEADERS must look like authorization=Basic abc,x-team=bands.")
        if not 0 < self.traces_share <= 1:
            found.append("BANDSTAND_TRACES_SHARE must be above 0 and at most 1.")
        return found

    def _numbers_problems(self) -> list[str]:
        found = []
        if self.web_threads < 1:
            found.append("BANDSTAND_WEB_THREADS must be 1 or more.")
        if self.session_idle_hours < 1 or self.session_days < 1:
            found.append("BANDSTAND_SESSION_IDLE_HOURS and BANDSTAND_SESSION_DAYS must be 1 or more.")
        if self.audit_days < LEAST_AUDIT_DAYS:
            found.append(f"BANDSTAND_AUDIT_DAYS must be {LEAST_AUDIT_DAYS} or more.")
        if min(self.portals_per_owner, self.portals_per_hour, self.signups_per_hour, self.slugs_held_days) < 0:
            found.append(
                "BANDSTAND_PORTALS_PER_OWNER, BANDSTAND_PORTALS_PER_HOUR, BANDSTAND_SIGNUPS_PER_HOUR and"
                " BANDSTAND_SLUGS_HELD_DAYS must be 0 or more."
            )
        if not PLAN_NAME.fullmatch(self.default_plan):
            found.append("BANDSTAND_DEFAULT_PLAN must be of letters, digits, hyphens and underscores, 40 at most.")
        return found

    def _pooler_problems(self) -> list[str]:
        if self.database_pooler not in POOLERS:
            return [f"BANDSTAND_DATABASE_POOLER must be one of {', '.join(POOLERS)}."]
        if self.database_pooler == "transaction" and "options" in parse_qs(urlsplit(self.database_url).query):
            return ["DATABASE_URL has options, which a pooler refuses: leave them out, or BANDSTAND_DATABASE_POOLER."]
        if self.citus and self.replica_url:
            return ["BANDSTAND_REPLICA_URL has no rows of schemas that BANDSTAND_CITUS spread: unset one of them."]
        return []

    def _network_problems(self) -> list[str]:
        found = []
        if self.media_host and not HOST_NAME.fullmatch(self.media_host):
            found.append("BANDSTAND_MEDIA_HOST must be a host's name alone, in small letters: media.example.net.")
        if self.media_host and self.media_host in {self.base_domain, self.domains_target}:
            found.append("BANDSTAND_MEDIA_HOST must be a host of its own: the platform answers at this one.")
        if self.custom_domains not in CUSTOM_DOMAINS:
            found.append(f"BANDSTAND_CUSTOM_DOMAINS must be one of {', '.join(CUSTOM_DOMAINS)}.")
        if not all(map(_is_address, self.domains_addresses)):
            found.append("BANDSTAND_DOMAINS_ADDRESSES must be IP addresses, separated by commas.")
        if not all(_is_address(resolver_address(text)[0]) for text in self.dns_resolvers):
            found.append("BANDSTAND_DNS_RESOLVERS must look like 9.9.9.9,149.112.112.112:53,[2620:fe::fe]:53.")
        if not all(map(_is_opening, self.outgoing_allowed)):
            found.append("BANDSTAND_OUTGOING_ALLOWED must look like 10.1.2.3:8443,10.1.0.0/16:443,[fd00::1]:443.")
        return found

    def _production_problems(self) -> list[str]:
        found = []
        if len(self.secret_key) < MIN_LENGTH or is_known(self.secret_key):
            found.append("SECRET_KEY must have 50 random characters or more in production: openssl rand -base64 48")
        if any(map(is_known, self.secret_key_fallbacks)):
            found.append("SECRET_KEY_FALLBACKS holds a key that others know: see docs/runbooks/key-rotation.md.")
        if self.scheme != "https":
            found.append("BANDSTAND_PUBLIC_URL must start with https:// in production.")
        return found


def resolver_address(text: str) -> tuple[str, int]:
    """Parse a resolver's address and port: 9.9.9.9, 9.9.9.9:53, 2620:fe::fe or [2620:fe::fe]:53."""
    if text.startswith("["):
        address, _bracket, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        address, _colon, port = text.partition(":")
    else:
        address, port = text, ""
    return address, int(port) if port.isdecimal() else DNS_PORT


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_opening(text: str) -> bool:
    try:
        Opening.parse(text)
    except ValueError:
        return False
    return True


def _habits(source: Mapping[str, str]) -> list[str]:
    """Return problems with variables that are common in other Django projects but have no effect here."""
    found = []
    if source.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}:
        found.append("DEBUG is set; production refuses to start in debug mode. Unset it.")
    if "*" in source.get("ALLOWED_HOSTS", ""):
        found.append("ALLOWED_HOSTS names a wildcard host; unset it, hosts come from the table of domains.")
    return found


def _value(reader: Any, metadata: Mapping[str, Any], type_name: str, *, development: bool) -> Any:
    name = metadata["name"]
    default = metadata["default"]
    if development and metadata["development"] is not MISSING:
        default = metadata["development"]
    if metadata["secret"] and name not in reader.ENVIRON and f"{name}_FILE" in reader.ENVIRON:
        reader.ENVIRON[name] = _secret_from_file(name, reader.ENVIRON[f"{name}_FILE"])
    if not reader.ENVIRON.get(name, ""):
        if default is MISSING:
            also = f" (or {name}_FILE)" if metadata["secret"] else ""
            raise ImproperlyConfigured(f"{name}{also} is not set: {metadata['about']}")
        return default
    casts = {
        "int": reader.int,
        "float": lambda key: float(reader.str(key)),  # its own leaves out what it can't read
        "bool": reader.bool,
        "list[str]": reader.list,
        "Path": lambda key: Path(reader.str(key)),
    }
    try:
        return casts.get(type_name, reader.str)(name)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not a valid {type_name}: {metadata['about']}") from None


def _secret_from_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise ImproperlyConfigured(f"{name}_FILE can't be read: {problem.strerror}.") from None
