variable "region" {
  description = "Region of everything."
  type        = string
  default     = "eu-central-1"

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region))
    error_message = "A region looks like eu-central-1."
  }
}

variable "host" {
  description = "Host of the platform, such as bands.example.org."
  type        = string
}

variable "email_url" {
  description = "Where mail goes; give it as TF_VAR_email_url."
  type        = string
  sensitive   = true
}

variable "backup_key" {
  description = "Key of portals' backups, as `manage.py backup_key` prints it; give it as TF_VAR_backup_key. None are made where empty."
  type        = string
  sensitive   = true
  default     = ""
}

variable "issuer_email" {
  description = "Where Let's Encrypt sends warnings."
  type        = string
}

variable "administrator_role_arns" {
  description = "Roles that administer the cluster, by a name of your choice."
  type        = map(string)
}

variable "workflow_role_arn" {
  description = "Role by which CI applies; the one that environments/foundation made where null, none where empty."
  type        = string
  default     = null
}

variable "api_access_cidrs" {
  description = "Addresses from which the API server can be reached: your people's and CI's."
  type        = list(string)
}

variable "architecture" {
  description = "Architecture of nodes: arm64 or amd64."
  type        = string
  default     = "arm64"
}

variable "node_types" {
  description = "Instance types of nodes, the preferred first; of Bandstand's choice where empty."
  type        = list(string)
  default     = []
}

variable "images" {
  description = "Registry of the images, and what of it runs."
  type = object({
    registry      = string
    tag           = optional(string, "")
    web_digest    = optional(string, "")
    worker_digest = optional(string, "")
    architectures = optional(set(string), ["amd64", "arm64"]) # as deploy/images.py named them when it pushed
  })
}

variable "alarm_email" {
  description = "Who is told of alarms; issuer_email where empty."
  type        = string
  default     = ""
}

variable "chart_values" {
  description = "More values of the chart, as YAML, such as settings, or limits of pods."
  type        = string
  default     = ""
}
