{{/* What all of Bandstand's pods have in common: security, secrets, variables, placement. */}}

{{/* Pod Security "restricted" and more, for a pod. */}}
{{- define "bandstand.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.pods.userId }}
runAsGroup: {{ .Values.pods.userId }}
fsGroup: {{ .Values.pods.userId }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The same for a container. */}}
{{- define "bandstand.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Pod labels. Takes {root, component, settings}. */}}
{{- define "bandstand.podLabels" -}}
{{- include "bandstand.labels" . }}
{{- with (include "bandstand.extras" . | fromJson).labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Pod annotations. Takes {root, container, settings}. */}}
{{- define "bandstand.podAnnotations" -}}
kubectl.kubernetes.io/default-container: {{ .container }}
{{- with .root.Values.secrets.generation }}
bandstand/secrets-generation: {{ . | quote }}
{{- end }}
{{- with (include "bandstand.extras" . | fromJson).annotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Fields of a pod's spec that don't depend on its containers. Takes {root, component, settings, account?}. */}}
{{- define "bandstand.podBasics" -}}
{{- $pods := .root.Values.pods -}}
{{- $extras := include "bandstand.extras" . | fromJson -}}
serviceAccountName: {{ include "bandstand.fullname" .root }}-{{ default .component .account }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- if $pods.userNamespaces }}
hostUsers: false
{{- end }}
securityContext:
  {{- include "bandstand.podSecurity" .root | nindent 2 }}
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with default $pods.priorityClassName .settings.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- range $field := list "nodeSelector" "tolerations" "affinity" "dnsConfig" "hostAliases" }}
{{- with index $extras $field }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- range $field := list "dnsPolicy" "schedulerName" "runtimeClassName" }}
{{- with index $extras $field }}
{{ $field }}: {{ . }}
{{- end }}
{{- end }}
{{- include "bandstand.initContainers" . }}
{{- end -}}

{{/* Containers before the pod's own: sidecars first, as others may need them; then those that prepare something; and
     long-running pods wait for migrations that run beside them. Takes what podBasics does. */}}
{{- define "bandstand.initContainers" -}}
{{- $runs := or (hasPrefix "worker-" .component) (has .component (list "web" "dispatcher" "domains")) }}
{{- $waits := and $runs (eq (include "bandstand.migratesBy" .root) "job") }}
{{- $extras := include "bandstand.extras" . | fromJson }}
{{- if or $waits $extras.sidecars $extras.initContainers }}
initContainers:
  {{- range $extras.sidecars }}
  {{- $sidecar := merge (dict "restartPolicy" "Always") . }}
  - {{ include "bandstand.addedContainer" (dict "root" $.root "container" $sidecar) | fromJson | toYaml | nindent 4 | trim }}
  {{- end }}
  {{- range $extras.initContainers }}
  - {{ include "bandstand.addedContainer" (dict "root" $.root "container" .) | fromJson | toYaml | nindent 4 | trim }}
  {{- end }}
  {{- if $waits }}
  - name: wait-for-migrations
    image: {{ include "bandstand.image" (dict "root" .root "settings" .settings "service" (ternary "web" "worker" (eq .component "web"))) }}
    imagePullPolicy: {{ .root.Values.images.pullPolicy }}
    command: [django-admin, wait_for_migrations, --seconds={{ .root.Values.migration.deadlineSeconds }}]
    securityContext:
      {{- include "bandstand.containerSecurity" .root | nindent 6 }}
    env:
      {{- include "bandstand.variables" . | nindent 6 }}
    {{- include "bandstand.envFrom" . | nindent 4 }}
    resources:
      {{- toYaml .settings.resources | nindent 6 }}
    volumeMounts:
      {{- include "bandstand.mounts" . | nindent 6 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Seconds after which a rollout counts as stuck: not before the migration that its pods wait for was given up. Takes root. */}}
{{- define "bandstand.progressDeadline" -}}
{{- if eq (include "bandstand.migratesBy" .) "job" }}{{ add 300 .Values.migration.deadlineSeconds }}{{ else }}300{{ end -}}
{{- end -}}

{{/* How the pod of a Job fails it. One that loses its node, as when it is drained, is replaced; one that ends in an error
     isn't: its log says why. Takes the container's name. */}}
{{- define "bandstand.podFailurePolicy" -}}
podFailurePolicy:
  rules:
    - action: Ignore
      onPodConditions: [{type: DisruptionTarget, status: "True"}]
    - action: FailJob
      onExitCodes: {containerName: {{ . }}, operator: In, values: [1, 2]}
{{- end -}}

{{/* Replicas of one workload on different nodes, and zones, unless operators say how. Takes {root, component, settings}. */}}
{{- define "bandstand.spread" -}}
{{- with (include "bandstand.extras" . | fromJson).topologySpreadConstraints }}
{{- range . }}
- {{ merge (dict) . (dict "labelSelector" (dict "matchLabels" (include "bandstand.selector" $ | fromYaml))) | toYaml | nindent 2 | trim }}
{{- end }}
{{- else }}
{{- range $topology := compact (list "kubernetes.io/hostname" .root.Values.pods.spreadOver) }}
- topologyKey: {{ $topology }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "bandstand.selector" $ | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
{{- end -}}

{{/* Whether a pod reads or writes objects: "true" or nothing. Takes {root, media, backs?}. */}}
{{- define "bandstand.usesObjectStorage" -}}
{{- if or .backs (and .media .root.Values.media.location) -}}true{{- end -}}
{{- end -}}

{{/* Secrets that a service reads, as {VARIABLE: key}. Takes {root, migrates, media, backs?}. */}}
{{- define "bandstand.secretVariables" -}}
{{- $keys := .root.Values.secrets.keys -}}
SECRET_KEY: {{ $keys.secretKey }}
{{- with $keys.secretKeyFallbacks }}
SECRET_KEY_FALLBACKS: {{ . }}
{{- end }}
{{- if not .migrates }}
DATABASE_URL: {{ $keys.databaseUrl }}
{{- with $keys.directDatabaseUrl }}
BANDSTAND_DATABASE_DIRECT_URL: {{ . }}
{{- end }}
{{- else if not .root.Values.cloudnativePG.enabled }}
DATABASE_URL: {{ $keys.migrationDatabaseUrl }}
{{- end }}
{{- if and $keys.replicaUrl (eq .component "web") }}
BANDSTAND_REPLICA_URL: {{ $keys.replicaUrl }}
{{- end }}
REDIS_URL: {{ $keys.redisUrl }}
{{- with $keys.pageCacheUrl }}
PAGE_CACHE_URL: {{ . }}
{{- end }}
EMAIL_URL: {{ $keys.emailUrl }}
{{- with $keys.mailKey }}
BANDSTAND_MAIL_KEY: {{ . }}
{{- end }}
{{- with $keys.mailWebhookSecret }}
BANDSTAND_MAIL_WEBHOOK_SECRET: {{ . }}
{{- end }}
{{- with $keys.sentryDsn }}
SENTRY_DSN: {{ . }}
{{- end }}
{{- with $keys.otlpHeaders }}
OTEL_EXPORTER_OTLP_HEADERS: {{ . }}
{{- end }}
{{- if .backs }}
BANDSTAND_BACKUP_KEY: {{ $keys.backupKey }}
{{- end }}
{{- if and $keys.objectStorage (include "bandstand.usesObjectStorage" .) }}
AWS_SHARED_CREDENTIALS: {{ $keys.objectStorage }}
{{- end }}
{{- end -}}

{{/* Variables of every container; a secret is named by the file that holds it. Takes {root, migrates, media, backs?}. */}}
{{- define "bandstand.variables" -}}
{{- $settings := .root.Values.settings -}}
- name: BANDSTAND_PROFILE
  value: production
- name: BANDSTAND_PUBLIC_URL
  value: {{ .root.Values.publicUrl | quote }}
{{- with $settings.mailFrom }}
- name: BANDSTAND_MAIL_FROM
  value: {{ . | quote }}
{{- end }}
- name: BANDSTAND_MEDIA
  value: {{ default "/var/lib/bandstand/media" .root.Values.media.location | quote }}
{{- if include "bandstand.usesObjectStorage" . }}
{{- with .root.Values.objectStorage.endpoint }}
- name: AWS_ENDPOINT_URL_S3
  value: {{ . | quote }}
{{- end }}
{{- with .root.Values.objectStorage.region }}
- name: AWS_DEFAULT_REGION
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .root.Values.mediaHost }}
- name: BANDSTAND_MEDIA_HOST
  value: {{ . | quote }}
{{- end }}
- name: BANDSTAND_TRUSTED_PROXIES
  value: {{ $settings.trustedProxies | quote }}
- name: BANDSTAND_DATABASE_POOL_SIZE
  value: {{ $settings.databasePoolSize | quote }}
{{- if not .migrates }}
- name: BANDSTAND_DATABASE_POOLER
  value: {{ $settings.databasePooler | quote }}
{{- end }}
- name: BANDSTAND_CITUS
  value: {{ $settings.citus | quote }}
- name: BANDSTAND_HOST_CACHE_SECONDS
  value: {{ $settings.hostCacheSeconds | quote }}
- name: BANDSTAND_PAGE_CACHE_SECONDS
  value: {{ $settings.pageCacheSeconds | quote }}
- name: BANDSTAND_SPARE_SCHEMAS
  value: {{ $settings.spareSchemas | quote }}
{{- with .root.Values.customDomains }}
{{- if .enabled }}
- name: BANDSTAND_CUSTOM_DOMAINS
  value: cluster
{{- with .target }}
- name: BANDSTAND_DOMAINS_TARGET
  value: {{ . | quote }}
{{- end }}
{{- with .addresses }}
- name: BANDSTAND_DOMAINS_ADDRESSES
  value: {{ join "," . | quote }}
{{- end }}
{{- with .dnsResolvers }}
- name: BANDSTAND_DNS_RESOLVERS
  value: {{ join "," . | quote }}
{{- end }}
{{- end }}
{{- end }}
- name: BANDSTAND_MAILS_PER_HOUR
  value: {{ $settings.mailsPerHour | quote }}
- name: BANDSTAND_DEFAULT_PLAN
  value: {{ $settings.defaultPlan | quote }}
- name: BANDSTAND_PORTALS_PER_OWNER
  value: {{ $settings.portalsPerOwner | quote }}
- name: BANDSTAND_PORTALS_PER_HOUR
  value: {{ $settings.portalsPerHour | quote }}
- name: BANDSTAND_SIGNUPS_PER_HOUR
  value: {{ $settings.signupsPerHour | quote }}
{{- with $settings.reservedNames }}
- name: BANDSTAND_RESERVED_NAMES
  value: {{ join "," . | quote }}
{{- end }}
- name: BANDSTAND_SLUGS_HELD_DAYS
  value: {{ $settings.slugsHeldDays | quote }}
- name: BANDSTAND_ADDRESS_CHANGES
  value: {{ $settings.addressChanges | quote }}
{{- with $settings.supportContact }}
- name: BANDSTAND_SUPPORT_CONTACT
  value: {{ . | quote }}
{{- end }}
{{- with $settings.price }}
- name: BANDSTAND_PRICE
  value: {{ . | quote }}
{{- end }}
{{- with $settings.priceGerman }}
- name: BANDSTAND_PRICE_DE
  value: {{ . | quote }}
{{- end }}
{{- with $settings.pricesUrl }}
- name: BANDSTAND_PRICES_URL
  value: {{ . | quote }}
{{- end }}
{{- with $settings.legalNoticeUrl }}
- name: BANDSTAND_LEGAL_NOTICE_URL
  value: {{ . | quote }}
{{- end }}
{{- with $settings.demoUrl }}
- name: BANDSTAND_DEMO_URL
  value: {{ . | quote }}
{{- end }}
{{- with $settings.sentryEnvironment }}
- name: SENTRY_ENVIRONMENT
  value: {{ . | quote }}
{{- end }}
{{- with $settings.securityContact }}
- name: BANDSTAND_SECURITY_CONTACT
  value: {{ . | quote }}
{{- end }}
- name: BANDSTAND_STAFF_SECOND_FACTOR
  value: {{ $settings.staffSecondFactor | quote }}
- name: BANDSTAND_SESSION_IDLE_HOURS
  value: {{ $settings.sessionIdleHours | quote }}
- name: BANDSTAND_SESSION_DAYS
  value: {{ $settings.sessionDays | quote }}
- name: BANDSTAND_AUDIT_DAYS
  value: {{ $settings.auditDays | quote }}
{{- with $settings.outgoingAllowed }}
- name: BANDSTAND_OUTGOING_ALLOWED
  value: {{ join "," . | quote }}
{{- end }}
{{- if .backs }}
- name: BANDSTAND_BACKUPS
  value: {{ .root.Values.backups.location | quote }}
{{- end }}
{{- with .root.Values.cells }}
{{- if .name }}
- name: BANDSTAND_CELL
  value: {{ .name | quote }}
{{- end }}
{{- if .others }}
{{- $others := list }}
{{- range $name, $address := .others }}
{{- $others = append $others (printf "%s=%s" $name $address) }}
{{- end }}
- name: BANDSTAND_CELLS
  value: {{ join "," $others | quote }}
{{- end }}
{{- end }}
{{- with .root.Values.monitoring.traces }}
{{- if .endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: BANDSTAND_TRACES_SHARE
  value: {{ .share | quote }}
{{- end }}
{{- end }}
- name: BANDSTAND_LOG_LEVEL
  value: {{ $settings.logLevel }}
{{- range $variable, $key := include "bandstand.secretVariables" . | fromYaml }}
- name: {{ $variable }}_FILE
  value: /run/secrets/bandstand/{{ $key }}
{{- end }}
{{- if and .migrates .root.Values.cloudnativePG.enabled }}
- name: DATABASE_URL_FILE
  value: /run/secrets/bandstand/owner-uri
{{- end }}
{{- $isOwn := .root.Values.cloudnativePG.enabled }}
{{- $given := or .root.Values.caBundle.configMap .root.Values.caBundle.secret }}
{{- if or $isOwn $given }}
- name: PGSSLROOTCERT
  value: /etc/bandstand-authorities/{{ ternary "database.crt" "ca.crt" $isOwn }}
- name: PGSSLMODE
  value: verify-full
{{- end }}
{{- if $given }}
- name: SSL_CERT_FILE
  value: /etc/bandstand-authorities/ca.crt
{{- if and .root.Values.caBundle.forObjectStorage (include "bandstand.usesObjectStorage" .) }}
- name: AWS_CA_BUNDLE
  value: /etc/bandstand-authorities/ca.crt
{{- end }}
{{- end }}
{{- range $name, $value := $settings.extra }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- with (include "bandstand.extras" . | fromJson).extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Where certificate authorities come from, the operator's and CloudNativePG's: sources of a projected volume, or nothing.
     Takes root. */}}
{{- define "bandstand.authorities" -}}
{{- $items := list (dict "key" .Values.caBundle.key "path" "ca.crt") -}}
{{- with .Values.caBundle.secret }}
- secret: {{ dict "name" . "items" $items | toJson }}
{{- end }}
{{- with .Values.caBundle.configMap }}
- configMap: {{ dict "name" . "items" $items | toJson }}
{{- end }}
{{- if .Values.cloudnativePG.enabled }}
- secret: {name: {{ include "bandstand.databaseName" . }}-ca, items: [{key: ca.crt, path: database.crt}]}
{{- end }}
{{- end -}}

{{/* Where a container sees its volumes. Takes {root, media: bool}. */}}
{{- define "bandstand.mounts" -}}
- name: secrets
  mountPath: /run/secrets/bandstand
  readOnly: true
- name: tmp
  mountPath: /tmp
{{- if and .media (not .root.Values.media.location) }}
- name: media
  mountPath: /var/lib/bandstand/media
{{- end }}
{{- if include "bandstand.authorities" .root }}
- name: authorities
  mountPath: /etc/bandstand-authorities
  readOnly: true
{{- end }}
{{- with (include "bandstand.extras" . | fromJson).extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The volumes. Takes {root, migrates, backs?, media, tmp: size}. */}}
{{- define "bandstand.volumes" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ .root.Values.secrets.existingSecret }}
          items:
            {{- range $variable, $key := include "bandstand.secretVariables" . | fromYaml }}
            - key: {{ $key }}
              path: {{ $key }}
            {{- end }}
      {{- if and .migrates .root.Values.cloudnativePG.enabled }}
      - secret:
          name: {{ include "bandstand.databaseName" .root }}-app
          items:
            - key: uri
              path: owner-uri
      {{- end }}
- name: tmp
  emptyDir:
    sizeLimit: {{ .tmp }}
{{- if and .media (not .root.Values.media.location) }}
- name: media
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-media" (include "bandstand.fullname" .root)) .root.Values.media.existingClaim }}
{{- end }}
{{- with include "bandstand.authorities" .root }}
- name: authorities
  projected:
    defaultMode: 0440
    sources:
      {{- . | nindent 6 }}
{{- end }}
{{- with (include "bandstand.extras" . | fromJson).extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Probes by files whose age says how the process is; no web server. Takes {ready: bool, probes?}. */}}
{{- define "bandstand.workerProbes" -}}
{{- $alive := dict "exec" (dict "command" (list "python" "-m" "bandstand_worker" "probe" "alive")) "timeoutSeconds" 10 -}}
{{- $ready := dict "exec" (dict "command" (list "python" "-m" "bandstand_worker" "probe" "ready")) "timeoutSeconds" 10 -}}
{{- $own := default (dict) .probes -}}
startupProbe:
  {{- include "bandstand.probe" (dict "base" (merge (dict "periodSeconds" 3 "failureThreshold" 40) $alive) "own" $own.startup) | nindent 2 }}
livenessProbe:
  {{- include "bandstand.probe" (dict "base" (merge (dict "periodSeconds" 20 "failureThreshold" 4) $alive) "own" $own.liveness) | nindent 2 }}
{{- if .ready }}
readinessProbe:
  {{- include "bandstand.probe" (dict "base" (merge (dict "periodSeconds" 15 "failureThreshold" 2) $ready) "own" $own.readiness) | nindent 2 }}
{{- end }}
{{- end -}}
