{{/* Names, labels and images. Every object gets its name and labels here. */}}

{{- define "bandstand.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change in a workload's life. Takes {root, component}. */}}
{{- define "bandstand.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* All labels of an object. Takes {root, component}. */}}
{{- define "bandstand.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "bandstand.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: bandstand
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Metadata of an object. Takes {root, component, name?, annotations?, labels?, clusterWide?}. */}}
{{- define "bandstand.metadata" -}}
name: {{ default (printf "%s-%s" (include "bandstand.fullname" .root) .component) .name }}
{{- if not .clusterWide }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "bandstand.labels" . | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (default (dict) .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Reference of an image. Takes {root, service: web|worker, settings?}. */}}
{{- define "bandstand.image" -}}
{{- $images := .root.Values.images -}}
{{- $digest := index $images (printf "%sDigest" .service) -}}
{{- $repository := printf "%s/%s" (trimSuffix "/" $images.registry) .service -}}
{{- $own := default (dict) (default (dict) .settings).pod -}}
{{- if $own.image -}}
{{- $own.image -}}
{{- else if $digest -}}
{{- printf "%s@%s" $repository $digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .root.Chart.AppVersion $images.tag) -}}
{{- end -}}
{{- end -}}

{{/* Host of the platform. */}}
{{- define "bandstand.host" -}}
{{- (urlParse .Values.publicUrl).hostname -}}
{{- end -}}

{{/* Whether migrations need objects of this very release: "true" or nothing. */}}
{{- define "bandstand.bringsItsOwn" -}}
{{- if or .Values.externalSecrets.enabled .Values.cloudnativePG.enabled .Values.valkey.enabled -}}true{{- end -}}
{{- end -}}

{{/* Name of the PostgreSQL that CloudNativePG makes, with which its Services and Secrets begin. */}}
{{- define "bandstand.databaseName" -}}
{{- default (printf "%s-database" (include "bandstand.fullname" .)) .Values.cloudnativePG.name -}}
{{- end -}}

{{/* hook or job: see migration.by in values.yaml. */}}
{{- define "bandstand.migratesBy" -}}
{{- if eq .Values.migration.by "auto" -}}
{{- ternary "job" "hook" (eq (include "bandstand.bringsItsOwn" .) "true") -}}
{{- else -}}
{{- .Values.migration.by -}}
{{- end -}}
{{- end -}}

{{/* Name of the Job that migrates. One that isn't a hook is named by what it does: that can't be changed later. */}}
{{- define "bandstand.migrationName" -}}
{{- $mark := toString .Release.Revision -}}
{{- if eq (include "bandstand.migratesBy" .) "job" -}}
{{- $mark = include "bandstand.migrationSpec" . | sha256sum | trunc 10 -}}
{{- end -}}
{{- printf "%s-migration-%s" (include "bandstand.fullname" .) $mark -}}
{{- end -}}

{{/* Annotations of an Ingress by controller: one replica per host, body size, time-outs. As JSON. */}}
{{- define "bandstand.ingressAnnotations" -}}
{{- $annotations := dict }}
{{- if eq .Values.ingress.controller "ingress-nginx" }}
{{- $annotations = dict
  "nginx.ingress.kubernetes.io/upstream-hash-by" "$host"
  "nginx.ingress.kubernetes.io/proxy-body-size" (printf "%dm" (int .Values.limits.bodyMegabytes))
  "nginx.ingress.kubernetes.io/proxy-read-timeout" (.Values.limits.timeoutSeconds | toString)
  "nginx.ingress.kubernetes.io/proxy-send-timeout" (.Values.limits.timeoutSeconds | toString) }}
{{- else if eq .Values.ingress.controller "haproxy" }}
{{- $annotations = dict
  "haproxy.org/load-balance" "hdr(host)"
  "haproxy.org/timeout-server" (printf "%ds" (int .Values.limits.timeoutSeconds)) }}
{{- end }}
{{- merge (dict) .Values.ingress.annotations $annotations | toJson -}}
{{- end -}}

{{/* How the reconciler publishes domains, as JSON: see bandstand_worker/cluster/configuration.py. */}}
{{- define "bandstand.clusterFile" -}}
{{- $common := dict
  "namespace" .Release.Namespace
  "instance" .Release.Name
  "service" (printf "%s-web" (include "bandstand.fullname" .))
  "service_port" (int .Values.service.port)
  "issuer_kind" .Values.customDomains.issuerRef.kind
  "issuer" .Values.customDomains.issuerRef.name
  "owner" (printf "%s-domains" (include "bandstand.fullname" .)) }}
{{- if .Values.gateway.enabled }}
{{- $gateway := first .Values.gateway.parentRefs }}
{{- merge $common (dict
  "publish_by" "gateway"
  "gateway" $gateway.name
  "gateway_namespace" (default "" $gateway.namespace)
  "request_timeout" .Values.gateway.requestTimeout) | toJson -}}
{{- else }}
{{- merge $common (dict
  "publish_by" "ingress"
  "ingress_class" .Values.ingress.className
  "annotations" (include "bandstand.ingressAnnotations" . | fromJson)) | toJson -}}
{{- end }}
{{- end -}}
