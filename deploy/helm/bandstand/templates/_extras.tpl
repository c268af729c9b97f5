{{/* What operators add to pods: `pods` for all of them, `pod` of a component for its own. */}}

{{/* A mapping with another's entries over it, as JSON. Unlike Sprig's, it takes false and 0 for values. Takes {base, own}. */}}
{{- define "bandstand.over" -}}
{{- $found := deepCopy .base -}}
{{- range $key, $value := .own -}}
{{- $before := index $found $key -}}
{{- if and (kindIs "map" $value) (kindIs "map" $before) -}}
{{- $_ := set $found $key (include "bandstand.over" (dict "base" $before "own" $value) | fromJson) -}}
{{- else -}}
{{- $_ := set $found $key $value -}}
{{- end -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* The entries for a pod, as JSON: lists one after the other, mappings and single values of its own first.
     Takes {root, settings?}. */}}
{{- define "bandstand.extras" -}}
{{- $all := pick .root.Values.pods "annotations" "labels" "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "extraVolumes" "extraVolumeMounts" "extraEnv" "extraEnvFrom" "initContainers" "sidecars" "dnsPolicy" "dnsConfig" "hostAliases" "schedulerName" "runtimeClassName" -}}
{{- $own := default (dict) (default (dict) .settings).pod -}}
{{- $found := dict -}}
{{- range $key, $value := $all -}}
{{- if not (hasKey $own $key) -}}
{{- $_ := set $found $key $value -}}
{{- else if and (kindIs "slice" $value) (ne $key "topologySpreadConstraints") -}}
{{- $_ := set $found $key (concat $value (index $own $key)) -}}
{{- else if and (kindIs "map" $value) (ne $key "affinity") -}}
{{- $_ := set $found $key (include "bandstand.over" (dict "base" $value "own" (index $own $key)) | fromJson) -}}
{{- else -}}
{{- $_ := set $found $key (index $own $key) -}}
{{- end -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* A container that operators add, as hardened as the chart's unless it says otherwise. Takes {root, container}. */}}
{{- define "bandstand.addedContainer" -}}
{{- $base := dict
  "imagePullPolicy" .root.Values.images.pullPolicy
  "securityContext" (include "bandstand.containerSecurity" .root | fromYaml)
  "resources" (dict
    "requests" (dict "cpu" "50m" "memory" "64Mi" "ephemeral-storage" "32Mi")
    "limits" (dict "cpu" "500m" "memory" "256Mi" "ephemeral-storage" "128Mi")) -}}
{{- include "bandstand.over" (dict "base" $base "own" .container) -}}
{{- end -}}

{{/* envFrom of a container of Bandstand's, or nothing. Takes {root, settings?}. */}}
{{- define "bandstand.envFrom" -}}
{{- with (include "bandstand.extras" . | fromJson).extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A probe with the numbers that operators give. Takes {base, own?}. */}}
{{- define "bandstand.probe" -}}
{{- include "bandstand.over" (dict "base" .base "own" (default (dict) .own)) | fromJson | toYaml -}}
{{- end -}}

{{/* All groups of workers that are switched on, as JSON: settings by name, with the queues that each serves. Others take
     from worker.default what they don't say. */}}
{{- define "bandstand.workers" -}}
{{- $found := dict -}}
{{- range $name := list "interactive" "default" "bulk" -}}
{{- $settings := index $.Values.worker $name -}}
{{- if $settings.enabled -}}
{{- $_ := set $found $name (merge (dict "counted" (list $name)) $settings) -}}
{{- end -}}
{{- end -}}
{{- range $name, $own := .Values.worker.others -}}
{{- $settings := include "bandstand.over" (dict "base" $.Values.worker.default "own" $own) | fromJson -}}
{{- $_ := set $found $name (merge (dict "counted" $own.queues) $settings) -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* What a HorizontalPodAutoscaler looks at, and how it goes about it. Takes the settings `autoscaling`. */}}
{{- define "bandstand.scaling" -}}
metrics:
  - type: Resource
    resource:
      name: cpu
      target: {type: Utilization, averageUtilization: {{ .targetCPU }}}
  {{- with .targetMemory }}
  - type: Resource
    resource:
      name: memory
      target: {type: Utilization, averageUtilization: {{ . }}}
  {{- end }}
  {{- with .extraMetrics }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
behavior:
  {{- toYaml .behavior | nindent 2 }}
{{- end -}}
