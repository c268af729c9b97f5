"""Production's settings for a product that scanners may ask as often as they like.

What slows down guessing would answer most of a scanner's requests with 429 and blind it: limits and lock-outs are off
here, and tested elsewhere (tests/web/accounts, tests/shared/audit). The second step is off for the same reason: no
scanner has an authenticator app. Everything else is as in production.
"""

from bandstand_web.settings import *  # noqa: F403

ACCOUNT_RATE_LIMITS = False  # an empty table would leave allauth's own
AXES_ENABLED = False
STAFF_SECOND_FACTOR = False
