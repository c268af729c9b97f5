variable "name" {
  description = "Prefix of names and the value of the tag Name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,24}$", var.name))
    error_message = "Name: 2 to 25 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "cidr" {
  description = "Addresses of the network, a /16 to /20."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "The network's addresses must be an IPv4 block between /16 and /20."
  }
}

variable "zones" {
  description = "Availability zones, two or three."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 3 && length(distinct(var.zones)) == length(var.zones)
    error_message = "Name two or three different availability zones."
  }
}

variable "nat_per_zone" {
  description = "A NAT gateway in every zone, so that the loss of one zone stays there. One for all is cheaper."
  type        = bool
  default     = true
}

variable "flow_log_days" {
  description = "Days that flow logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([7, 14, 30, 90, 180, 365], var.flow_log_days)
    error_message = "Flow logs are kept for 7, 14, 30, 90, 180 or 365 days."
  }
}

variable "log_key_arn" {
  description = "KMS key that encrypts the flow logs; its policy must let CloudWatch Logs use it."
  type        = string
}
