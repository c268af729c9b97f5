variable "name" {
  description = "Path of the entry, as the chart's externalSecrets.remoteKey names it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9/_-]{3,100}$", var.name))
    error_message = "Name: lower-case letters, digits, slashes, hyphens."
  }
}

variable "key_arn" {
  description = "Customer key that encrypts the entry."
  type        = string
}

variable "database_host" {
  description = "PostgreSQL's host."
  type        = string
}

variable "redis_url" {
  description = "Valkey's address with its password."
  type        = string
  sensitive   = true

  validation {
    condition     = startswith(var.redis_url, "rediss://")
    error_message = "Valkey is reached with TLS: rediss://…"
  }
}

variable "page_cache_url" {
  description = "The address of Valkey for pages, with its password."
  type        = string
  sensitive   = true

  validation {
    condition     = startswith(var.page_cache_url, "rediss://")
    error_message = "Valkey is reached with TLS: rediss://…"
  }
}

variable "email_url" {
  description = "Where mail goes."
  type        = string
  sensitive   = true
}

variable "backup_key" {
  description = "Key of portals' backups; none where empty."
  type        = string
  sensitive   = true
  default     = ""

  validation {
    condition     = var.backup_key == "" || startswith(var.backup_key, "AGE-SECRET-KEY-1")
    error_message = "The key looks like AGE-SECRET-KEY-1…, as manage.py backup_key prints it."
  }
}

variable "cluster_name" {
  description = "Cluster whose External Secrets Operator reads the entry."
  type        = string
}

variable "recovery_days" {
  description = "Days in which a deleted entry can be had back."
  type        = number
  default     = 30

  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "Seven to thirty days, or 0 to delete at once."
  }
}

variable "replica" {
  description = "Region that gets a copy of the entry, and the key for it there; none where null."
  type        = object({ region = string, key_arn = string })
  default     = null
}
