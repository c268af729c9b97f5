variable "name" {
  description = "Prefix of names; the buckets' are followed by random characters."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,27}$", var.name))
    error_message = "Name: 2 to 28 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "key_arn" {
  description = "Customer key that encrypts both."
  type        = string
}

variable "cluster_name" {
  description = "Cluster whose pods use the buckets, by Pod Identity."
  type        = string
}

variable "namespace" {
  description = "Namespace of the chart."
  type        = string
  default     = "bandstand"
}

variable "release" {
  description = "Prefix of the chart's service accounts."
  type        = string
  default     = "bandstand"
}

variable "backup_days" {
  description = "Days after which a portal's backup is deleted whoever forgot to."
  type        = number
  default     = 90

  validation {
    condition     = var.backup_days >= 35
    error_message = "Keep portals' backups for 35 days or more; the chart's own backups.keepDays is shorter."
  }
}

variable "undo_days" {
  description = "Days in which a deleted or overwritten object can be had back."
  type        = number
  default     = 35

  validation {
    condition     = var.undo_days >= 7
    error_message = "Keep former versions for a week or more."
  }
}

variable "replica" {
  description = "Region that gets a copy of every object, and the key for it there; none where null."
  type        = object({ region = string, key_arn = string })
  default     = null
}

variable "protected" {
  description = "Refuse to delete the buckets; otherwise they go with all that is in them."
  type        = bool
  default     = true
}
