variable "name" {
  description = "Identifier of the instance."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,40}$", var.name))
    error_message = "Name: 2 to 41 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets without a way to the internet, in two zones or more."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "PostgreSQL wants subnets in two zones or more."
  }
}

variable "client_security_group_ids" {
  description = "Security groups that may connect, by a name of your choice."
  type        = map(string)
}

variable "engine_version" {
  description = "Version of PostgreSQL, with its minor number: upgrades are decided, not found."
  type        = string
  default     = "18.1"

  validation {
    condition     = can(regex("^1[5-8]\\.[0-9]+$", var.engine_version))
    error_message = "Bandstand supports PostgreSQL 15 to 18; name the minor version too, such as 18.1."
  }
}

variable "instance_class" {
  description = "Size of the instance. Each connection remembers the tables it touched: prefer memory."
  type        = string
  default     = "db.r8g.large"

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "Instance classes start with db., such as db.r8g.large."
  }
}

variable "multi_az" {
  description = "Keep a standby in another zone."
  type        = bool
  default     = true
}

variable "storage_gb" {
  description = "Storage to begin with; it grows by itself up to five times that."
  type        = number
  default     = 100

  validation {
    condition     = var.storage_gb >= 20 && var.storage_gb <= 12000
    error_message = "Storage is 20 to 12000 GB."
  }
}

variable "backup_days" {
  description = "Days back to which any moment can be restored."
  type        = number
  default     = 35

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "RDS keeps 7 to 35 days."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the instance."
  type        = bool
  default     = true
}

variable "key_arn" {
  description = "Customer key that encrypts storage, backups and performance data."
  type        = string

  validation {
    condition     = startswith(var.key_arn, "arn:")
    error_message = "Name the key by its ARN."
  }
}

variable "max_locks_per_transaction" {
  description = "Creating, dumping and dropping a portal locks each of its tables; a full dump locks all of all portals."
  type        = number
  default     = 4096

  validation {
    condition     = var.max_locks_per_transaction >= 1024
    error_message = "Fewer than 1024 locks stop thousands of schemas from being dumped."
  }
}
