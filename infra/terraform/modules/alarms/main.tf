# What AWS knows before visitors do, by mail. The chart's own alerts, by Prometheus, are about Bandstand itself.

locals {
  caches = [for number in range(1, var.cache_nodes + 1) : format("%s-%03d", var.cache_id, number)]

  database = {
    database-cpu         = { metric = "CPUUtilization", above = 80, missing = "breaching", about = "PostgreSQL is busy, or gone." }
    database-storage     = { metric = "FreeStorageSpace", below = var.database_free_gb * 1024 * 1024 * 1024, about = "PostgreSQL's storage runs out; it grows by itself, but not for ever." }
    database-memory      = { metric = "FreeableMemory", below = 256 * 1024 * 1024, about = "PostgreSQL's memory runs out: fewer connections, or a larger instance." }
    database-connections = { metric = "DatabaseConnections", above = var.database_connections, about = "PostgreSQL's connections run out." }
    database-wraparound  = { metric = "MaximumUsedTransactionIDs", above = 1000000000, about = "Autovacuum doesn't keep up with thousands of tables." }
  }
  cache = {
    memory = { metric = "DatabaseMemoryUsagePercentage", above = 80, about = "Valkey fills up: then it takes no more messages." }
    cpu    = { metric = "EngineCPUUtilization", above = 80, missing = "breaching", about = "Valkey is busy, or gone." }
  }
  backup = {
    backup-failed = { metric = "NumberOfBackupJobsFailed", about = "A backup failed." }
    copy-failed   = { metric = "NumberOfCopyJobsFailed", about = "A backup's copy to the other region failed." }
  }

  alarms = merge(
    { for name, alarm in local.database : name => merge({ space = "AWS/RDS", dimensions = { DBInstanceIdentifier = var.database_id } }, alarm) },
    merge([for id in local.caches : {
      for name, alarm in local.cache : "${id}-${name}" => merge({ space = "AWS/ElastiCache", dimensions = { CacheClusterId = id } }, alarm)
    }]...),
    { for name, alarm in local.backup : name => merge({ space = "AWS/Backup", dimensions = { BackupVaultName = var.vault_name }, above = 0, statistic = "Sum", period = 3600, times = 1, missing = "notBreaching" }, alarm) },
  )
}

resource "aws_sns_topic" "this" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.key_arn
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = var.email
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  namespace           = each.value.space
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = try(each.value.statistic, "Average")
  period              = try(each.value.period, 300)
  evaluation_periods  = try(each.value.times, 3)
  comparison_operator = can(each.value.below) ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = try(each.value.below, each.value.above)
  treat_missing_data  = try(each.value.missing, "missing")
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
}
