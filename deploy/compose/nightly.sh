#!/bin/sh
# Saves everything each night at BACKUP_TIME (UTC), and restores a sample at once to prove it. /tmp/failed makes the
# container unhealthy until a night goes well.
set -u
while :; do
  now=$(date -u +%s)
  due=$(date -u -d "${BACKUP_TIME:-03:10}" +%s)
  [ "$due" -gt "$now" ] || due=$((due + 86400))
  sleep $((due - now))
  if django-admin backup_all --keep-days "${BACKUP_KEEP_DAYS:-30}" && django-admin verify_backup --max-age-hours 26 --sample 20
  then rm -f /tmp/failed
  else touch /tmp/failed
  fi
done
