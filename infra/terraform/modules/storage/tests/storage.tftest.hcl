mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }

  # With the real provider's validators, what is made up has to look like an ARN.
  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::111122223333:role/made-up"
    }
  }

  mock_resource "aws_s3_bucket" {
    defaults = {
      arn = "arn:aws:s3:::made-up"
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

run "both_are_copied_to_another_region" {
  command = apply

  variables {
    replica = { region = "eu-west-1", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/recovery" }
  }

  assert {
    condition     = keys(aws_s3_bucket_replication_configuration.this) == ["backups", "media"] && alltrue([for copy in aws_s3_bucket_replication_configuration.this : one(copy.rule).status == "Enabled"])
    error_message = "Files and portals' backups outlive the region."
  }

  assert {
    condition     = alltrue([for name in ["media", "backups"] : aws_s3_bucket.this["${name}-replica"].region == "eu-west-1" && aws_s3_bucket_versioning.this["${name}-replica"].region == "eu-west-1"])
    error_message = "The copies are there, with versions."
  }

  assert {
    condition     = alltrue([for copy in aws_s3_bucket_replication_configuration.this : one(one(one(copy.rule).destination).encryption_configuration).replica_kms_key_id == var.replica.key_arn])
    error_message = "Under a key that isn't lost with this region."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.replicate[0].statement : !contains(statement.resources, "*") && !anytrue([for action in statement.actions : strcontains(action, "*")])])
    error_message = "S3 copies from these buckets to those, with these keys."
  }
}

run "protected_buckets_stay" {
  command = plan

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.this : !bucket.force_destroy]) && alltrue([for policy in data.aws_iam_policy_document.tls_only : anytrue([for statement in policy.statement : statement.effect == "Deny" && contains(statement.actions, "s3:DeleteBucket")])])
    error_message = "Nobody deletes them by mistake."
  }
}

run "others_go_with_what_is_in_them" {
  command = plan

  variables {
    protected = false
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.this : bucket.force_destroy]) && alltrue([for policy in data.aws_iam_policy_document.tls_only : length(policy.statement) == 1])
    error_message = "Staging can be destroyed."
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
