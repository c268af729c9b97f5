mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  name         = "bandstand"
  key_arn      = "arn:aws:kms:eu-central-1:111122223333:key/storage"
  cluster_name = "bandstand"
}

run "what_always_holds" {
  command = plan

  assert {
    condition = alltrue(flatten([for block in aws_s3_bucket_public_access_block.this : [
      block.block_public_acls,
      block.block_public_policy,
      block.ignore_public_acls,
      block.restrict_public_buckets,
    ]]))
    error_message = "Nothing of them is public."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_versioning.this : bucket.versioning_configuration[0].status == "Enabled"])
    error_message = "What was deleted or overwritten can be had back."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_server_side_encryption_configuration.this : one(bucket.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == var.key_arn])
    error_message = "They rest under the customer's key."
  }

  assert {
    condition     = length(one(aws_s3_bucket_lifecycle_configuration.this["media"].rule).expiration) == 0
    error_message = "No file of a portal goes by its age."
  }

  assert {
    condition     = keys(aws_eks_pod_identity_association.caller) == ["backup", "web", "worker"] && alltrue([for name, caller in aws_eks_pod_identity_association.caller : caller.service_account == "bandstand-${name}"])
    error_message = "Those who touch files have a role, nobody else."
  }

  assert {
    condition     = output.rights.web == tolist(["media"]) && output.rights.worker == tolist(["media"]) && output.rights.backup == tolist(["media", "backups"])
    error_message = "Web and workers can't read backups."
  }

  assert {
    condition     = alltrue(flatten([for policy in data.aws_iam_policy_document.use : [for statement in policy.statement : [for action in statement.actions : !strcontains(action, "*")]]]))
    error_message = "Every right is named."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    name        = "Bandstand"
    backup_days = 7
    undo_days   = 1
  }

  expect_failures = [var.name, var.backup_days, var.undo_days]
}
