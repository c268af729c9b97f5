variable "host" {
  description = "Host of the platform; portals are its subdomains."
  type        = string
}

variable "region" {
  description = "Region of the secrets."
  type        = string
}

variable "cluster_name" {
  description = "Cluster whose nodes the autoscaler adds and takes away."
  type        = string
}

variable "chart_values" {
  description = "More values of the chart, as YAML: they win over those that are set here."
  type        = string
  default     = ""

  validation {
    condition     = var.chart_values == "" || can(keys(yamldecode(var.chart_values)))
    error_message = "Values of the chart are a YAML mapping, such as yamlencode({ settings = { … } })."
  }
}

variable "namespace" {
  description = "Namespace that is made for Bandstand."
  type        = string
  default     = "bandstand"
}

variable "chart" {
  description = "The chart: a folder, or oci://… with chart_version."
  type        = string
}

variable "chart_version" {
  description = "Version of the chart; none for a folder."
  type        = string
  default     = null
}

variable "images" {
  description = "Registry of the images, and the digests to run; the tag counts where a digest is empty."
  type        = object({ registry = string, tag = optional(string, ""), web_digest = optional(string, ""), worker_digest = optional(string, "") })

  validation {
    condition     = alltrue([for digest in [var.images.web_digest, var.images.worker_digest] : digest == "" || can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "A digest looks like sha256: and 64 hexadecimal digits."
  }
}

variable "secret_name" {
  description = "Path of the entry in Secrets Manager."
  type        = string
}

variable "media_location" {
  description = "Where uploaded files go: s3://bucket, which the pods' roles may use."
  type        = string

  validation {
    condition     = can(regex("^s3://[^/]+", var.media_location))
    error_message = "A place looks like s3://bucket/path."
  }
}

variable "backups_location" {
  description = "Where portals' backups go: s3://bucket/path; none are made where empty."
  type        = string
  default     = ""
}

variable "data_cidrs" {
  description = "Addresses of PostgreSQL and Valkey."
  type        = list(string)

  validation {
    condition     = length(var.data_cidrs) > 0 && !contains(var.data_cidrs, "0.0.0.0/0")
    error_message = "Name the data subnets' addresses."
  }
}

variable "issuer_email" {
  description = "Where Let's Encrypt sends warnings."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.issuer_email))
    error_message = "That is no e-mail address."
  }
}

variable "web_replicas" {
  description = "Fewest and most web pods."
  type        = object({ min = number, max = number })
  default     = { min = 3, max = 12 }
}

variable "quota" {
  description = "What the namespace may ask for in sum."
  type        = object({ cpu = string, memory = string, pods = string })
  default     = { cpu = "40", memory = "96Gi", pods = "100" }
}

variable "addons" {
  description = "Charts that Bandstand leans on, with pinned versions."
  type        = map(object({ repository = string, chart = string, version = string, values = optional(string, "") }))
  default = {
    cert-manager     = { repository = "https://charts.jetstack.io", chart = "cert-manager", version = "v1.18.2", values = "crds: {enabled: true}" }
    external-secrets = { repository = "https://charts.external-secrets.io", chart = "external-secrets", version = "0.19.2" }
    external-dns     = { repository = "https://kubernetes-sigs.github.io/external-dns", chart = "external-dns", version = "1.18.0", values = "{policy: sync, sources: [ingress]}" }
    haproxy          = { repository = "https://haproxytech.github.io/helm-charts", chart = "kubernetes-ingress", version = "1.44.5" }

    cluster-autoscaler = { repository = "https://kubernetes.github.io/autoscaler", chart = "cluster-autoscaler", version = "9.52.1" }
  }

  validation {
    condition     = alltrue([for addon in values(var.addons) : can(regex("^v?[0-9]+\\.[0-9]+\\.[0-9]+$", addon.version))])
    error_message = "Pin every add-on to an exact version."
  }
}
