{{/* What the schema can't say: values that make no sense together. Rendered once, by web's Deployment. */}}
{{- define "bandstand.checks" -}}
{{- $v := .Values -}}
{{- if and $v.ingress.enabled $v.gateway.enabled -}}
{{- fail "Publish web by ingress or by gateway, not by both: set one of ingress.enabled and gateway.enabled to false." -}}
{{- end -}}
{{- if gt (int $v.web.autoscaling.minReplicas) (int $v.web.autoscaling.maxReplicas) -}}
{{- fail "web.autoscaling.minReplicas is larger than maxReplicas." -}}
{{- end -}}
{{- $served := list -}}
{{- range $group, $settings := include "bandstand.workers" . | fromJson -}}
{{- $served = concat $served $settings.queues -}}
{{- if gt (int $settings.autoscaling.minReplicas) (int $settings.autoscaling.maxReplicas) -}}
{{- fail (printf "worker %s: autoscaling.minReplicas is larger than maxReplicas." $group) -}}
{{- end -}}
{{- end -}}
{{- range $queue := list "interactive" "default" "bulk" -}}
{{- if not (has $queue $served) -}}
{{- fail (printf "No worker serves the queue %s, so its jobs would wait forever: name it in the queues of one that is enabled." $queue) -}}
{{- end -}}
{{- end -}}
{{- if and $v.caBundle.configMap $v.caBundle.secret -}}
{{- fail "Certificate authorities come from a ConfigMap or a Secret: set one of caBundle.configMap and caBundle.secret." -}}
{{- end -}}
{{- if and $v.monitoring.serviceMonitor.enabled (not $v.monitoring.enabled) -}}
{{- fail "monitoring.serviceMonitor needs metrics to scrape: set monitoring.enabled." -}}
{{- end -}}
{{- if and (eq $v.migration.by "hook") (include "bandstand.bringsItsOwn" .) -}}
{{- fail "Migrations as a hook run before this release's Secret, database or Valkey exist: set migration.by to job or auto." -}}
{{- end -}}
{{- if and $v.backups.enabled (not (and $v.backups.location $v.secrets.keys.backupKey)) -}}
{{- fail "backups needs a place and a key: set backups.location to s3://bucket/path and secrets.keys.backupKey to the key of the Secret that holds what `manage.py backup_key` printed." -}}
{{- end -}}
{{- if eq $v.mediaHost (include "bandstand.host" .) -}}
{{- fail "mediaHost must be a host of its own: the platform answers at publicUrl's." -}}
{{- end -}}
{{- if and $v.cells.others (or (not $v.cells.name) (hasKey $v.cells.others $v.cells.name)) -}}
{{- fail "cells.name names this cell, and cells.others the others: set the first, and leave it out of the second." -}}
{{- end -}}
{{- if and $v.media.location $v.media.existingClaim -}}
{{- fail "Uploaded files go to a bucket or to a volume: set one of media.location and media.existingClaim." -}}
{{- end -}}
{{- if and $v.media.serviceAccountAnnotations (not $v.media.location) -}}
{{- fail "media.serviceAccountAnnotations is for files in a bucket: set media.location to s3://bucket/path." -}}
{{- end -}}
{{- if and (eq $v.settings.databasePooler "transaction") (not $v.secrets.keys.directDatabaseUrl) -}}
{{- fail "settings.databasePooler needs a way past the pooler, for dispatcher and backups: set secrets.keys.directDatabaseUrl to the key of the Secret that holds PostgreSQL's own address." -}}
{{- end -}}
{{- with $v.cloudnativePG -}}
{{- if and .recovery.enabled (not (or .recovery.destinationPath .backup.destinationPath)) -}}
{{- fail "cloudnativePG.recovery needs the place of the backups: set recovery.destinationPath, or backup.destinationPath." -}}
{{- end -}}
{{- if and .recovery.enabled (eq .recovery.serverName (include "bandstand.databaseName" $)) -}}
{{- fail "cloudnativePG.recovery makes a new PostgreSQL beside the lost one: set cloudnativePG.name to a name other than recovery.serverName." -}}
{{- end -}}
{{- if and .enabled .pooler.enabled (ne $v.settings.databasePooler "transaction") -}}
{{- fail "cloudnativePG.pooler pools transactions: set settings.databasePooler to transaction." -}}
{{- end -}}
{{- end -}}
{{- if and $v.settings.citus $v.secrets.keys.replicaUrl -}}
{{- fail "A read replica has no rows of schemas that settings.citus spread: leave secrets.keys.replicaUrl empty, or settings.citus false." -}}
{{- end -}}
{{- if and $v.customDomains.enabled (not (or $v.ingress.enabled $v.gateway.enabled)) -}}
{{- fail "customDomains needs a way in to publish domains by: set ingress.enabled or gateway.enabled." -}}
{{- end -}}
{{- end -}}
