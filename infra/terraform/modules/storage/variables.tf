variable "name" {
  description = "Prefix of names; the bucket's is followed by random characters."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "Name: 2 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "key_arn" {
  description = "Customer key that encrypts both."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets from which pods mount uploaded files, by a name of your choice, one per zone."
  type        = map(string)
}

variable "client_security_group_ids" {
  description = "Security groups that may mount, by a name of your choice."
  type        = map(string)
}

variable "keep_days" {
  description = "Days that dumps, and former versions of them, are kept."
  type        = number
  default     = 35

  validation {
    condition     = var.keep_days >= 7
    error_message = "Keep dumps for a week or more."
  }
}
