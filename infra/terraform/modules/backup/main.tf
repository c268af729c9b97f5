# Daily backups of database and files in one vault, copied to another region. The moments in between are RDS' own.

resource "aws_backup_vault" "this" {
  name        = var.name
  kms_key_arn = var.key_arn

  force_destroy = !var.locked
}

resource "aws_backup_vault_lock_configuration" "this" {
  count = var.locked ? 1 : 0

  backup_vault_name  = aws_backup_vault.this.name
  min_retention_days = 7
}

resource "aws_backup_plan" "this" {
  name = var.name

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.this.name
    schedule          = "cron(30 1 * * ? *)"
    start_window      = 60
    completion_window = 360

    lifecycle {
      delete_after = var.keep_days
    }

    dynamic "copy_action" {
      for_each = var.copy_to_vault_arn[*]

      content {
        destination_vault_arn = copy_action.value

        lifecycle {
          delete_after = var.keep_days
        }
      }
    }
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name_prefix        = "${var.name}-backup-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset([
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
  ])

  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

resource "aws_backup_selection" "this" {
  name         = var.name
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.this.arn
  resources    = var.resource_arns
}
