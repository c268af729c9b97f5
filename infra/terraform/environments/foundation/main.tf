# Applied once by hand with a state on your machine, which is moved into the bucket afterwards: docs/deploy-aws.md.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.66"
    }
  }
}

variable "region" {
  description = "Region of the states."
  type        = string
  default     = "eu-central-1"
}

variable "replica_region" {
  description = "Region of the states' copy."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = var.replica_region != var.region
    error_message = "The copy is for the loss of ${var.region}: name another region, or none."
  }
}

variable "repository" {
  description = "Repository on GitHub whose workflows apply, as owner/name."
  type        = string
}

variable "make_autoscaling_role" {
  description = "False where the account has AWSServiceRoleForAutoScaling already."
  type        = bool
  default     = true
}

provider "aws" {
  region = var.region
}

module "foundation" {
  source = "../../modules/foundation"

  name                  = "bandstand"
  repository            = var.repository
  make_autoscaling_role = var.make_autoscaling_role
  replica_region        = var.replica_region
}

output "state_bucket" {
  description = "Goes into each environment's state.config."
  value       = module.foundation.state_bucket
}

output "state_key_arn" {
  description = "The same."
  value       = module.foundation.state_key_arn
}

output "workflow_role_arns" {
  description = "Roles for CI, by environment."
  value       = module.foundation.workflow_role_arns
}

output "state_replica" {
  description = "Goes into state.config once the region is lost."
  value       = module.foundation.state_replica
}
