"""The web server's entry point: Django over WSGI, behind a receiver that keeps slow clients off its threads."""

from django.conf import settings

from bandstand_web.compartments import share_of
from bandstand_web.receiving import RequestReceiver
from bandstand_web.wsgi import application as django

application = RequestReceiver(django, threads=settings.WEB_THREADS, share=share_of(settings.WEB_THREADS))
