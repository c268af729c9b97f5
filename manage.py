#!/usr/bin/env python
"""Django's commands for the web service's settings."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bandstand_web.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
