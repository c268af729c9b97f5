variable "host" {
  description = "Host of the platform; the zone holds it and its subdomains."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.host))
    error_message = "Host: a domain in lower case without a scheme, such as bands.example.org."
  }
}

variable "cluster_name" {
  description = "Cluster in which cert-manager and external-dns run."
  type        = string
}

variable "protected" {
  description = "Refuse to delete a zone that has records of others; otherwise it goes with them."
  type        = bool
  default     = true
}
