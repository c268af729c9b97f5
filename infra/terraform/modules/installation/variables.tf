variable "name" {
  description = "Name of the installation: prefix of everything."
  type        = string
}

variable "region" {
  description = "Region."
  type        = string
}

variable "zones" {
  description = "Availability zones, two or three."
  type        = list(string)
}

variable "host" {
  description = "Host of the platform."
  type        = string
}

variable "email_url" {
  description = "Where mail goes, as the variable EMAIL_URL."
  type        = string
  sensitive   = true
}

variable "backup_key" {
  description = "Key of portals' backups, as `manage.py backup_key` prints it; none are made where empty."
  type        = string
  sensitive   = true
  default     = ""
}

variable "administrator_role_arns" {
  description = "Roles that administer the cluster."
  type        = map(string)
}

variable "workflow_role_arn" {
  description = "Role by which CI applies, an administrator too; none where empty."
  type        = string
  default     = ""

  validation {
    condition     = var.workflow_role_arn == "" || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/", var.workflow_role_arn))
    error_message = "A role looks like arn:aws:iam::123456789012:role/name."
  }
}

variable "api_access_cidrs" {
  description = "Addresses from which the API server can be reached."
  type        = list(string)
  default     = []
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
  description = "See the module platform."
  type = object({
    registry      = string
    tag           = optional(string, "")
    web_digest    = optional(string, "")
    worker_digest = optional(string, "")
    architectures = optional(set(string), ["amd64", "arm64"]) # as deploy/images.py named them when it pushed
  })
}

variable "issuer_email" {
  description = "Where Let's Encrypt sends warnings."
  type        = string
}

variable "chart" {
  description = "The chart: a folder, or oci://…"
  type        = string
}

variable "protected" {
  description = "Standbys, deletion protection, long backups. Off for installations that come and go."
  type        = bool
  default     = true
}

variable "database" {
  description = "Size of PostgreSQL."
  type        = object({ instance_class = string, storage_gb = number })
  default     = { instance_class = "db.r8g.large", storage_gb = 100 }
}

variable "page_cache_node_type" {
  description = "Size of Valkey for pages; one GB holds those of some 5,000 portals."
  type        = string
  default     = "cache.t4g.micro"
}

variable "cache_node_type" {
  description = "Size of Valkey."
  type        = string
  default     = "cache.t4g.small"
}

variable "node_count" {
  description = "Fewest and most nodes."
  type        = object({ min = number, max = number })
  default     = { min = 3, max = 9 }
}

variable "web_replicas" {
  description = "Fewest and most web pods."
  type        = object({ min = number, max = number })
  default     = { min = 3, max = 12 }
}

variable "copy_to_vault_arn" {
  description = "Backup vault in another region."
  type        = string
  default     = null
}

variable "recovery_region" {
  description = "Region that gets copies of files, portals' backups and keys, for the loss of this one; none where empty."
  type        = string
  default     = ""
}

variable "alarm_email" {
  description = "Who is told of alarms; issuer_email where empty."
  type        = string
  default     = ""
}

variable "chart_values" {
  description = "More values of the chart, as YAML."
  type        = string
  default     = ""
}
