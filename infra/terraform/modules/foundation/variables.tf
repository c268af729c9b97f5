variable "name" {
  description = "Prefix of the bucket's name, followed by random characters."
  type        = string
}

variable "repository" {
  description = "Repository on GitHub whose workflows may plan and apply, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Repository: owner/name."
  }
}

variable "environments" {
  description = "Environments of the repository that may apply; its rules say who approves."
  type        = set(string)
  default     = ["staging", "production"]

  validation {
    condition     = length(var.environments) > 0
    error_message = "Name an environment."
  }
}

variable "make_autoscaling_role" {
  description = "Make the account's AWSServiceRoleForAutoScaling; false where the account has it already."
  type        = bool
  default     = true
}

variable "replica_region" {
  description = "Another region that gets a copy of the states; none where empty."
  type        = string
  default     = ""
}
