mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  name          = "bandstand"
  key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/backup"
  resource_arns = ["arn:aws:rds:eu-central-1:111122223333:db:bandstand"]
}

run "backups_cannot_be_deleted_early" {
  command = plan

  assert {
    condition     = length(aws_backup_vault_lock_configuration.this) == 1
    error_message = "The vault is locked."
  }
}

run "those_of_staging_go_with_it" {
  command = plan

  variables {
    locked = false
  }

  assert {
    condition     = aws_backup_vault.this.force_destroy && length(aws_backup_vault_lock_configuration.this) == 0
    error_message = "Staging can be destroyed."
  }
}

run "a_copy_goes_elsewhere" {
  command = plan

  variables {
    copy_to_vault_arn = "arn:aws:backup:eu-west-1:111122223333:backup-vault:bandstand"
  }

  assert {
    condition     = length(one(aws_backup_plan.this.rule).copy_action) == 1
    error_message = "The other region has each backup, too."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    resource_arns = []
    keep_days     = 1
  }

  expect_failures = [var.resource_arns, var.keep_days]
}
