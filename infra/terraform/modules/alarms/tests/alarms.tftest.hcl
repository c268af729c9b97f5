mock_provider "aws" {}

variables {
  name        = "bandstand"
  email       = "ops@example.org"
  key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/cluster"
  database_id = "bandstand"
  cache_id    = "bandstand"
  cache_nodes = 2
  vault_name  = "bandstand"
}

run "what_always_holds" {
  command = plan

  assert {
    condition     = alltrue([for name in ["database-cpu", "database-storage", "database-memory", "database-connections", "database-wraparound", "bandstand-001-memory", "bandstand-002-memory", "bandstand-002-cpu", "backup-failed", "copy-failed"] : contains(keys(aws_cloudwatch_metric_alarm.this), name)])
    error_message = "Database, each node of the cache, and backups are watched."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["database-storage"].comparison_operator == "LessThanThreshold" && aws_cloudwatch_metric_alarm.this["database-storage"].threshold == 10737418240
    error_message = "Little free storage is bad, much isn't."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["database-cpu"].treat_missing_data == "breaching"
    error_message = "A database that says nothing is gone."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["backup-failed"].threshold == 0 && aws_cloudwatch_metric_alarm.this["backup-failed"].statistic == "Sum" && aws_cloudwatch_metric_alarm.this["backup-failed"].dimensions.BackupVaultName == "bandstand"
    error_message = "One failed backup is one too many."
  }

  assert {
    condition     = aws_sns_topic_subscription.mail.endpoint == var.email && aws_sns_topic.this.kms_master_key_id == var.key_arn
    error_message = "Somebody is told, under the customer's key."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    email = "ops"
  }

  expect_failures = [var.email]
}
