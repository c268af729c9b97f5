mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  name                      = "bandstand"
  key_arn                   = "arn:aws:kms:eu-central-1:111122223333:key/storage"
  vpc_id                    = "vpc-1"
  subnet_ids                = { a = "subnet-1", b = "subnet-2" }
  client_security_group_ids = { nodes = "sg-nodes" }
}

run "what_always_holds" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.dumps.block_public_acls,
      aws_s3_bucket_public_access_block.dumps.block_public_policy,
      aws_s3_bucket_public_access_block.dumps.ignore_public_acls,
      aws_s3_bucket_public_access_block.dumps.restrict_public_buckets,
    ])
    error_message = "Nothing of it is public."
  }

  assert {
    condition     = aws_s3_bucket_versioning.dumps.versioning_configuration[0].status == "Enabled"
    error_message = "A dump that was overwritten can be had back."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.dumps.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == var.key_arn
    error_message = "It rests under the customer's key."
  }

  assert {
    condition     = aws_efs_file_system.media.encrypted && length(aws_efs_mount_target.media) == 2
    error_message = "One mount target per zone, under the customer's key."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    keep_days = 1
    name      = "Bandstand"
  }

  expect_failures = [var.keep_days, var.name]
}
