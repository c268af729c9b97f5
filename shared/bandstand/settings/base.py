"""Settings that web and worker share: apps, database, cache, accounts, languages.

A service's own settings import all of this and add middleware, URLs and logging only.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
import structlog

from bandstand.content.languages import offered
from bandstand.database.connecting import Connection
from bandstand.settings.environment import Environment
from bandstand.settings.log_lines import formatter
from bandstand.settings.storages import files_at, in_bucket
from bandstand.settings.variables.mail import MAIL_PROVIDERS
from bandstand.settings.workspace import ROOT

ENVIRONMENT = Environment.read()
PACKAGE = Path(__file__).resolve().parents[1]

# --- Core -----------------------------------------------------------------------------------------------------------
SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FALLBACKS = ENVIRONMENT.secret_key_fallbacks
DEBUG = ENVIRONMENT.profile == "development"
# Any Host may arrive, because organizations bring their own domains. The first middleware that reads the host refuses
# all that the table of domains doesn't know, before any other code sees the request.
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Tenancy: which tables stand where ------------------------------------------------------------------------------
# Both services install the same apps: one that doesn't know a model would break its cascades and build other schemas.
_EVERYWHERE = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "bandstand.accounts",
    "bandstand.audit",
    "bandstand.submissions",
    "bandstand.mail",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
]
SHARED_APPS = [
    "bandstand.tenancy",  # before django_tenants: its `migrate` is the one that counts
    "bandstand.organizations",
    *_EVERYWHERE,
    "django_tenants",  # after the admin, which it brings templates for, with styles that our headers refuse
    "django.contrib.staticfiles",
    "django.forms",  # templates of form fields can be replaced by ours
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_countries",  # no tables, names of countries in every language
    "django_structlog",
    "import_export",
    "bandstand.jobs",
    "bandstand.domains",
    "bandstand.announcements",
    "bandstand.support",
    "bandstand.listings",
    "bandstand.terms",
    "bandstand.reports",
    "bandstand.backups",
    "bandstand.moving",
]
TENANT_APPS = [
    *_EVERYWHERE,
    "bandstand.content",
    "bandstand.publishing",
    "bandstand.teams",
    "bandstand.media",
    "bandstand.portals",
    "bandstand.bands",
    "bandstand.venues",
    "bandstand.tours",
    "bandstand.people",
    "bandstand.notices",
    "bandstand.gigs",
    "bandstand.news",
    "bandstand.pages",
    "bandstand.polls",
    "bandstand.enquiries",
    "bandstand.imports",
    "bandstand.calendars",
    "bandstand.partners",
    "bandstand.digest",
    "bandstand.numbers",
    "bandstand.demo",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
TENANT_MODEL = "organizations.Organization"
TENANT_DOMAIN_MODEL = "organizations.Domain"
TENANT_LIMIT_SET_CALLS = True  # search_path is set once per request, not per cursor
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
BASE_DOMAIN = ENVIRONMENT.base_domain
SECURITY_CONTACT = ENVIRONMENT.security_contact
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
AUDIT_KEPT = timedelta(days=ENVIRONMENT.audit_days)
DEFAULT_PLAN = ENVIRONMENT.default_plan
PORTALS_PER_OWNER = ENVIRONMENT.portals_per_owner
RESERVED_NAMES = ENVIRONMENT.reserved_names
SLUGS_HELD = timedelta(days=ENVIRONMENT.slugs_held_days)
ADDRESS_CHANGES = ENVIRONMENT.address_changes
PRICE = ENVIRONMENT.price
PRICE_DE = ENVIRONMENT.price_de
PRICES_URL = ENVIRONMENT.prices_url
LEGAL_NOTICE_URL = ENVIRONMENT.legal_notice_url
DEMO_URL = ENVIRONMENT.demo_url
SUPPORT_CONTACT = ENVIRONMENT.support_contact
MAP_URL = ENVIRONMENT.map_url
DIRECTIONS_URL = ENVIRONMENT.directions_url
INDEX_NOW_URL = ENVIRONMENT.index_now_url
PUBLIC_URL = ENVIRONMENT.public_url.rstrip("/")
HOST_CACHE_SECONDS = ENVIRONMENT.host_cache_seconds
SPARE_SCHEMAS = ENVIRONMENT.spare_schemas
CITUS = ENVIRONMENT.citus
CUSTOM_DOMAINS = ENVIRONMENT.custom_domains
DOMAINS_TARGET = ENVIRONMENT.domains_target.lower().removesuffix(".")
DOMAINS_ADDRESSES = ENVIRONMENT.domains_addresses
DNS_RESOLVERS = ENVIRONMENT.dns_resolvers
OUTGOING_ALLOWED = ENVIRONMENT.outgoing_allowed
PG_DUMP = ENVIRONMENT.pg_dump
CELL = ENVIRONMENT.cell
CELLS = dict(each.split("=", 1) for each in ENVIRONMENT.cells)  # name -> address of its web service
WEB_THREADS = ENVIRONMENT.web_threads
RELEASE = ENVIRONMENT.release

# --- Pages for everybody: see bandstand.database.content_version ----------------------------------------------------
# Kept for long where others keep limits and sessions, pages would push these out, or fill a store that evicts nothing.
PAGE_CACHE_URL = ENVIRONMENT.page_cache_url or ENVIRONMENT.redis_url
PAGE_CACHE_SECONDS = min(ENVIRONMENT.page_cache_seconds, 24 * 3600 if ENVIRONMENT.page_cache_url else 60)
# Apps of others whose tables no visitor's page shows anything of: see bandstand.database.shown_tables. Ours say it
# themselves, and whatever isn't named counts.
APPS_OFF_PAGES = frozenset(
    (
        *("django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.admin"),
        *("allauth.account", "allauth.mfa", "allauth.usersessions", "axes"),
    )
)

# --- Database -------------------------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **environ.Env.db_url_config(ENVIRONMENT.database_url),
        "ENGINE": "bandstand.database",
        "CONN_HEALTH_CHECKS": True,
    }
}
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 0,
    "max_size": ENVIRONMENT.database_pool_size,
    "max_lifetime": 20 * 60,  # a backend remembers every relation it touched; bound what it may grow to
    "max_idle": 2 * 60,
    # After this, a request looks whether connecting failed, and otherwise goes on waiting: see bandstand.database.
    "timeout": 0.25,
    "connection_class": Connection,
    # Tries to connect come at twice the distance each time; given up early, the next request begins anew. With the
    # pool's own 300 seconds, web was away for another 52 after a database that had been for three minutes.
    "reconnect_timeout": 0.5,
}
DATABASES["default"]["PATIENCE"] = 10
# An address that swallows everything must not be taken for a busy pool. `connect_timeout` in DATABASE_URL wins.
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
if ENVIRONMENT.database_pooler == "transaction":
    # What each transaction is told; see bandstand.database. Services add to it.
    DATABASES["default"]["LOCAL_SETTINGS"] = []
    # For what needs a session: locks that outlive a transaction, notifications, commands without limits.
    DATABASES["default"]["DIRECT"] = None
    if ENVIRONMENT.database_direct_url:
        _direct = environ.Env.db_url_config(ENVIRONMENT.database_direct_url)
        DATABASES["default"]["DIRECT"] = {key: _direct[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
        DATABASES["default"]["DIRECT"]["OPTIONS"] = _direct.get("OPTIONS", {})

# --- Cache: Redis or Valkey, JSON only, every key with its schema ---------------------------------------------------
REDIS_URL = ENVIRONMENT.redis_url
_CACHE = {
    "LOCATION": REDIS_URL,
    "KEY_FUNCTION": "bandstand.database.cache.tenant_key",
    "OPTIONS": {
        "serializer": "bandstand.database.cache.JSONSerializer",
        "socket_connect_timeout": 1,
        "socket_timeout": 2,
    },
}
CACHES = {
    "default": {**_CACHE, "BACKEND": "bandstand.database.cache.SteadyCache"},
    "strict": {**_CACHE, "BACKEND": "bandstand.database.cache.StrictCache"},
}
SESSION_CACHE_ALIAS = "strict"

# --- Accounts -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "bandstand.support.visiting.SupportBackend",
    "bandstand.accounts.rights.RowBackend",
]
PASSWORD_HASHERS = [
    "bandstand.accounts.hashing.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "bandstand.accounts.passwords.GuessablePasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "bandstand.accounts.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=ENVIRONMENT.session_days).total_seconds())
SESSION_IDLE = timedelta(hours=ENVIRONMENT.session_idle_hours)
STAFF_SECOND_FACTOR = ENVIRONMENT.staff_second_factor
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = int(timedelta(minutes=15).total_seconds())
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True  # one address; a new one counts when its code was entered
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=15).total_seconds())
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody gets mail because a stranger typed their address
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "bandstand.accounts.tokens.PasswordResetTokenGenerator"  # noqa: S105 # no password
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = ENVIRONMENT.scheme


def _hourly(number: int, per: str) -> list[str]:
    return [f"{number}/h/{per}"] if number else []


# Those for an address (ip) are counted over all portals, an IPv6 one by its network of 64 bits; all others by portal.
ACCOUNT_RATE_LIMITS = {
    # axes counts per address and account, in the database; this bounds guesses at one account from many addresses. A
    # browser that logged in before has a count of its own, see bandstand_web.accounts.known_browsers.
    "login_failed": "60/m/ip,300/h/ip,20/15m/key",
    "signup": ",".join([*_hourly(ENVIRONMENT.signups_per_hour, "ip"), "3/m/key", "10/d/key"]),
    "portal_create": ",".join(
        [*_hourly(ENVIRONMENT.signups_per_hour, "ip"), *_hourly(ENVIRONMENT.portals_per_hour, "key")]
    ),
    "signup_resend": "1/30s/key,5/h/key",
    "code": "5/15m/key",
    "reset_links": "5/d/key",
    "signup_address": "120/m/ip",
    "invite": "30/h/user",
    "export": "10/h/user",
    "domain": "60/h/user",
    "invitation_accept": "30/m/ip",
    "contact": "6/h/ip,200/h/key",
    "report": "6/h/ip,200/h/key",
    "vote": "60/h/ip",
    "answer": "60/h/user",
    "page_password": "10/5m/ip,60/h/key",
    "search": "120/m/ip",
    "csp_report": "60/m/ip",
    "import_link": "60/h/user",
    # Programs ask some times an hour, several of one person's; providers ask for many people from one address.
    "print": "60/h/user",
    "own_calendar": "60/h/key",
    "unknown_calendar": "60/h/ip",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_ADAPTER = "bandstand.accounts.second_factors.SecondFactorAdapter"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ENVIRONMENT.scheme == "http"  # development has no TLS

AXES_HANDLER = "bandstand.accounts.lockout.AccountAttempts"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "bandstand.accounts.lockout.attempted_account"
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_SENSITIVE_PARAMETERS = ["password", "login"]
AXES_CLIENT_IP_CALLABLE = "bandstand.accounts.client_address.counted_address"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True  # the security log has who logged in, and is tidied
AXES_VERBOSE = False  # else every process begins with a line about axes' version

# --- Languages and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = offered(mirrored=ENVIRONMENT.mirrored_language)
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["bandstand.locale_formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files ----------------------------------------------------------------------------------------------------------
MEDIA_ROOT = "" if in_bucket(ENVIRONMENT.media) else ENVIRONMENT.media
MEDIA_URL = "/media/"
MEDIA_HOST = ENVIRONMENT.media_host
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000  # a table of 200 dates has more than Django's 1,000
STORAGES: dict[str, dict[str, Any]] = {
    "default": files_at(ENVIRONMENT.media),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "backups": files_at(
        ENVIRONMENT.backups, patient=True, file_permissions_mode=0o600, directory_permissions_mode=0o700
    ),
}
BACKUP_KEYS = ENVIRONMENT.backup_keys

# --- Mail -----------------------------------------------------------------------------------------------------------
_mail = environ.Env.email_url_config(ENVIRONMENT.email_url) if "://" in ENVIRONMENT.email_url else {}
ANYMAIL: dict[str, Any] = {}
if ENVIRONMENT.email_url in MAIL_PROVIDERS:
    _mail = {"EMAIL_BACKEND": f"anymail.backends.{ENVIRONMENT.email_url}.EmailBackend"}
    ANYMAIL[MAIL_PROVIDERS[ENVIRONMENT.email_url]] = ENVIRONMENT.mail_key
EMAIL_BACKEND = _mail.get("EMAIL_BACKEND", ENVIRONMENT.email_url)
ANYMAIL["REQUESTS_TIMEOUT"] = EMAIL_TIMEOUT = 20
if ENVIRONMENT.mail_webhook_secret:
    ANYMAIL["WEBHOOK_SECRET"] = ENVIRONMENT.mail_webhook_secret
EMAIL_HOST = _mail.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "") or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail.get("EMAIL_FILE_PATH")
MAILBOX = Path(MEDIA_ROOT or ROOT / ".local" / "media").with_name(
    "mail"
)  # development's mails, see bandstand.devstack.mailbox
MAILS_TO_ONE_PER_HOUR = ENVIRONMENT.mails_to_one_per_hour
MAILS_TO_ONE_PER_DAY = ENVIRONMENT.mails_to_one_per_day
REPLY_ADDRESS = ENVIRONMENT.reply_address
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail_from or f"Bandstand <noreply@{ENVIRONMENT.base_domain}>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Logging: one line per event, JSON in production, readable elsewhere --------------------------------------------
PROJECT_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": formatter(as_json=ENVIRONMENT.is_production, with_contents=ENVIRONMENT.profile == "development"),
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"urllib3": {"level": "ERROR"}},  # its lines name whole addresses, and who knows some may read
    "root": {"handlers": ["console"], "level": ENVIRONMENT.log_level},
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
