"""What the web server loads: Django by WSGI, behind what keeps slow clients away from its threads."""

from django.conf import settings

from bandstand_web.receiving import Receiver
from bandstand_web.wsgi import application as django

application = Receiver(django, threads=settings.WEB_THREADS)
