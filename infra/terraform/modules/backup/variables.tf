variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "key_arn" {
  description = "Customer key that encrypts the vault."
  type        = string
}

variable "resource_arns" {
  description = "What is backed up: the database and the bucket of files, which has to have versions."
  type        = list(string)

  validation {
    condition     = length(var.resource_arns) > 0
    error_message = "A plan that backs nothing up is none."
  }
}

variable "keep_days" {
  description = "Days that daily backups are kept."
  type        = number
  default     = 35

  validation {
    condition     = var.keep_days >= 7
    error_message = "Keep backups for a week or more."
  }
}

variable "copy_to_vault_arn" {
  description = "Vault in another region that gets a copy of each backup; none where null."
  type        = string
  default     = null
}

variable "locked" {
  description = "Nobody, administrators included, deletes backups before their time."
  type        = bool
  default     = true
}
