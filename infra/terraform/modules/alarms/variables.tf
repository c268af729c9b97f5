variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "email" {
  description = "Who is told; they confirm the subscription by a link in a mail."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.email))
    error_message = "That is no e-mail address."
  }
}

variable "key_arn" {
  description = "Customer key that encrypts what is sent; CloudWatch has to be allowed to use it."
  type        = string
}

variable "database_id" {
  description = "Identifier of PostgreSQL's instance."
  type        = string
}

variable "database_free_gb" {
  description = "Less free storage than this is an alarm."
  type        = number
  default     = 10
}

variable "database_connections" {
  description = "More connections than this are an alarm."
  type        = number
  default     = 400
}

variable "cache_id" {
  description = "Identifier of Valkey's replication group."
  type        = string
}

variable "cache_nodes" {
  description = "Nodes of the replication group."
  type        = number
}

variable "vault_name" {
  description = "Vault of the daily backups."
  type        = string
}
