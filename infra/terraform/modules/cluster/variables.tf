variable "name" {
  description = "Name of the cluster."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "Name: 2 to 31 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "kubernetes_version" {
  description = "Version of Kubernetes."
  type        = string
  default     = "1.36"

  validation {
    condition     = can(regex("^1\\.3[2-7]$", var.kubernetes_version))
    error_message = "The chart supports Kubernetes 1.32 to 1.37."
  }
}

variable "subnet_ids" {
  description = "Private subnets, in two zones or more."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "EKS wants subnets in two zones or more."
  }
}

variable "api_access_cidrs" {
  description = "Addresses from which the API server can be reached; none makes it private."
  type        = list(string)
  default     = []

  validation {
    condition     = !contains(var.api_access_cidrs, "0.0.0.0/0")
    error_message = "The API server is not opened to the whole internet; name the addresses of your people and of CI."
  }
}

variable "administrator_role_arns" {
  description = "Roles that administer the cluster, by a name of your choice."
  type        = map(string)

  validation {
    condition     = length(var.administrator_role_arns) > 0
    error_message = "Somebody has to administer the cluster."
  }
}

variable "node_types" {
  description = "Instance types of nodes, the preferred first; of Bandstand's choice where empty."
  type        = list(string)
  default     = []
}

variable "architecture" {
  description = "Architecture of nodes: arm64 or amd64. The images have to have it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["amd64", "arm64"], var.architecture)
    error_message = "Architecture: amd64 or arm64."
  }
}

variable "node_count" {
  description = "Fewest and most nodes."
  type        = object({ min = number, max = number })
  default     = { min = 3, max = 9 }

  validation {
    condition     = var.node_count.min >= 2 && var.node_count.max >= var.node_count.min
    error_message = "Two nodes or more, and not fewer at most than at least."
  }
}

variable "key_arn" {
  description = "Customer key that encrypts Secrets and volumes."
  type        = string
}

variable "log_days" {
  description = "Days that the control plane's logs are kept."
  type        = number
  default     = 365
}

variable "addon_versions" {
  description = "Pinned versions of EKS' add-ons; the default of the cluster's version where null."
  type        = map(string)
  default     = {}
}

variable "deletion_protection" {
  description = "Refuse to delete the cluster."
  type        = bool
  default     = true
}
