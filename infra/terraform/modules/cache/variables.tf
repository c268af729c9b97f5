variable "name" {
  description = "Identifier of the replication group."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,38}$", var.name))
    error_message = "Name: 2 to 39 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets without a way to the internet."
  type        = list(string)
}

variable "client_security_group_ids" {
  description = "Security groups that may connect, by a name of your choice."
  type        = map(string)
}

variable "engine_version" {
  description = "Version of Valkey."
  type        = string
  default     = "8.2"

  validation {
    condition     = can(regex("^[89]\\.[0-9]+$", var.engine_version))
    error_message = "Bandstand supports Valkey 8 and 9; name the minor version too, such as 8.2."
  }
}

variable "node_type" {
  description = "Size of the nodes."
  type        = string
  default     = "cache.t4g.small"

  validation {
    condition     = startswith(var.node_type, "cache.")
    error_message = "Node types start with cache., such as cache.t4g.small."
  }
}

variable "replicas" {
  description = "Nodes besides the first; with one or more a failed node is replaced within a minute."
  type        = number
  default     = 1

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 5
    error_message = "Zero to five replicas."
  }
}

variable "eviction_policy" {
  description = "What is thrown away when it is full: nothing of limits and messages, and of pages what has a life time (volatile-lru)."
  type        = string
  default     = "noeviction"

  validation {
    condition     = contains(["noeviction", "volatile-lru"], var.eviction_policy)
    error_message = "Eviction policy: noeviction, or volatile-lru for pages."
  }
}

variable "key_arn" {
  description = "Customer key that encrypts what is on disk."
  type        = string
}
