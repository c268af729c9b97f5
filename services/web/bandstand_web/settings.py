"""Settings of the web service: what `bandstand.settings.base` says, and middleware, URLs, pages, headers, logging."""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF

import bandstand.portals
import bandstand.tracing  # noqa: F401 - before anything imports redis
from bandstand.settings.base import *  # noqa: F403
from bandstand.settings.base import DATABASE_ROUTERS, DATABASES, ENVIRONMENT, LOCALE_PATHS, PROJECT_LOGGING
from bandstand.settings.limits import limit_times
from bandstand.settings.reporting import report_errors
from bandstand.settings.traces import send_traces

django_stubs_ext.monkeypatch()
# No page may keep a connection for longer.
limit_times(DATABASES["default"], statement=30, idle=60)
if ENVIRONMENT.replica_url:
    _replica = environ.Env.db_url_config(ENVIRONMENT.replica_url)
    _options = DATABASES["default"]["OPTIONS"]
    DATABASES["replica"] = {**DATABASES["default"], **_replica, "ENGINE": DATABASES["default"]["ENGINE"]}
    DATABASES["replica"]["OPTIONS"] = {
        **_options,
        **_replica.get("OPTIONS", {}),
        "connect_timeout": 2,
    }
    DATABASES["replica"]["PATIENCE"] = 1  # a page needn't wait for it: the primary is there
    DATABASE_ROUTERS = ["bandstand_web.pagecache.replica.ReplicaRouter", *DATABASE_ROUTERS]

WEB = Path(__file__).resolve().parent

ROOT_URLCONF = "bandstand_web.urls.portal"
PUBLIC_SCHEMA_URLCONF = "bandstand_web.urls.platform"
MEDIA_URLCONF = "bandstand_web.urls.media"
WSGI_APPLICATION = "bandstand_web.wsgi.application"

# Order matters: the media host has pictures and nothing that stands further down; static files and health need no
# tenant; the tenant is known before anything reads the host; a page from the cache needs neither session nor account.
MIDDLEWARE = [
    "bandstand_web.middleware.traffic.TrafficMiddleware",
    "bandstand_web.middleware.tracing.TracingMiddleware",
    "bandstand_web.middleware.content_policy.ContentPolicyMiddleware",
    "bandstand_web.middleware.headers.HeadersMiddleware",
    "bandstand_web.middleware.proxy_headers.ProxyHeadersMiddleware",
    "bandstand_web.middleware.transport_security.TransportSecurityMiddleware",
    "bandstand_web.middleware.health.HealthMiddleware",
    "bandstand_web.middleware.tls_ask.TlsAskMiddleware",
    "bandstand_web.middleware.media_host.MediaHostMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bandstand_web.middleware.outages.OutagesMiddleware",
    "bandstand_web.middleware.tenancy.TenancyMiddleware",
    "bandstand_web.middleware.maintenance.MaintenanceMiddleware",
    "bandstand_web.pagecache.middleware.AnonymousPagesMiddleware",
    "bandstand_web.middleware.request_log.RequestLogMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bandstand_web.middleware.language.LanguageMiddleware",
    "bandstand_web.middleware.malformed.MalformedMiddleware",
    "bandstand_web.middleware.body_size.BodySizeMiddleware",
    "bandstand_web.middleware.clean_parameters.CleanParametersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bandstand_web.middleware.support.SupportMiddleware",
    "bandstand_web.middleware.terms.TermsMiddleware",
    "bandstand_web.middleware.owners.OwnersMiddleware",
    "bandstand_web.middleware.acting.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bandstand_web.middleware.suspended_requests.SuspendedRequestsMiddleware",
    "axes.middleware.AxesMiddleware",
    "bandstand_web.middleware.expected_errors.ExpectedErrorsMiddleware",
    "bandstand_web.middleware.former_addresses.FormerAddressesMiddleware",
    "bandstand_web.middleware.previews.PreviewsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted(WEB.glob("*/templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "bandstand_web.shell.context.portal",
                "bandstand_web.announcements.backstage.banners",
                "bandstand_web.notices.backstage.unread",
                "bandstand_web.support.backstage.support",
                "bandstand_web.terms.platform.documents",
                "bandstand_web.platform.operator.operator",
            ],
            "builtins": [
                "bandstand_web.bands.poster_tags",
                "bandstand_web.forms.tags",
                "bandstand_web.gigs.gig_tags",
                "bandstand_web.gigs.table_tags",
                "bandstand_web.shell.language_tags",
                "bandstand_web.shell.navigation",
                "bandstand_web.shell.picture_tags",
                "bandstand_web.shell.row_tags",
                "bandstand_web.site_frame.tags",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

ACCOUNT_ADAPTER = "bandstand_web.accounts.adapter.WebAccountAdapter"
ACCOUNT_FORMS = {
    "login": "bandstand_web.accounts.forms.LoginForm",
    "add_email": "bandstand_web.accounts.forms.AddEmailForm",
    "confirm_email_verification_code": "bandstand_web.accounts.forms.ConfirmCodeForm",
    "reauthenticate": "bandstand_web.accounts.forms.ReauthenticateForm",
    "reset_password": "bandstand_web.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "bandstand_web.accounts.forms.ResetPasswordKeyForm",
    "change_password": "bandstand_web.accounts.forms.ChangePasswordForm",
    "set_password": "bandstand_web.accounts.forms.SetPasswordForm",
}
MFA_FORMS = {
    "add_webauthn": "bandstand_web.accounts.passkeys.AddForm",
    "authenticate_webauthn": "bandstand_web.accounts.passkeys.AuthenticateForm",
    "login_webauthn": "bandstand_web.accounts.passkeys.PasskeyLoginForm",
    "reauthenticate_webauthn": "bandstand_web.accounts.passkeys.PasskeyReauthenticateForm",
}

LOCALE_PATHS = [*LOCALE_PATHS, WEB / "locale"]
STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.static_root
# The worker writes initials with the fonts, so they stand where both have them.
STATICFILES_DIRS = [WEB / "static", ("fonts", Path(bandstand.portals.__path__[0]) / "fonts")]
STATICFILES_FINDERS = [
    "bandstand_web.style_sheets.StyleSheetFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]

# --- Headers and cookies: see docs/security.md ----------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *filter(None, [ENVIRONMENT.media_origin])],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": "/csp-reports/",
        "report-to": "csp",
    }
}
SESSION_COOKIE_NAME = "sessionid"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "bandstand_web.refused_forms.refused_form"
CSRF_COOKIE_SAMESITE = "Lax"
if ENVIRONMENT.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = ["security.W001"]  # wants Django's SecurityMiddleware, of which ours is a subclass
if ENVIRONMENT.is_production:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|tls-ask)$"]  # whoever probes a process talks plain HTTP to it
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"  # noqa: F405

LOGGING = PROJECT_LOGGING
report_errors(ENVIRONMENT, service="web")
send_traces(ENVIRONMENT, service="web")
