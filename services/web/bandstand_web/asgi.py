"""The web server's entry point: Django over WSGI, behind a receiver that keeps slow clients off its threads."""

import signal

# Granian forks a process with its own handlers of signals, which in there only set a flag that nobody reads. Until the
# application is loaded and warmed up, a process that is told to stop ends; else it would serve on for ever.
for each in (signal.SIGTERM, signal.SIGINT):
    signal.signal(each, signal.SIG_DFL)

from django.conf import settings

from bandstand_web.compartments import share_of
from bandstand_web.receiving import RequestReceiver
from bandstand_web.wsgi import application as django

# What imports models comes after Django's own set-up, which is in the line above.
from bandstand_web.pagecache.counting import counter  # isort: skip
from bandstand_web.warming import warmed  # isort: skip

application = RequestReceiver(warmed(django), threads=settings.WEB_THREADS, share=share_of(settings.WEB_THREADS))
counter.follow()
