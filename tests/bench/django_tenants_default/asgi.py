"""As `bandstand_web.asgi`, where each thread has a connection of its own and there is no pool to share."""

from django.conf import settings

from bandstand_web.receiving import RequestReceiver
from bandstand_web.wsgi import application as django

application = RequestReceiver(django, threads=settings.WEB_THREADS, share=max(1, settings.WEB_THREADS // 2))
