# PostgreSQL for thousands of schemas: private, encrypted by a customer key, TLS forced, restorable to any moment.

locals {
  major = split(".", var.engine_version)[0]
}

resource "aws_db_subnet_group" "this" {
  name_prefix = "${var.name}-"
  subnet_ids  = var.subnet_ids
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "PostgreSQL of ${var.name}"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  description                  = "PostgreSQL from ${each.key}"
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres${local.major}"

  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "max_locks_per_transaction"
    value        = tostring(var.max_locks_per_transaction)
    apply_method = "pending-reboot"
  }

  # Tables come and go by the hundred; the catalog's own must be tidied as often.
  parameter {
    name  = "autovacuum_naptime"
    value = "15"
  }

  parameter {
    name  = "idle_in_transaction_session_timeout"
    value = "300000"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  # "ddl" would log CREATE ROLE with its password, and every statement of every migration.
  parameter {
    name  = "log_statement"
    value = "none"
  }

  # Slow statements are logged; what was bound to them is people's data.
  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }

  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "monitoring" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name_prefix        = "${var.name}-monitoring-"
  assume_role_policy = data.aws_iam_policy_document.monitoring.json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "this" {
  # checkov:skip=CKV_AWS_226:minor versions are pinned and raised by a change that is reviewed
  # checkov:skip=CKV_AWS_293:a variable: production demands it, its test holds it
  # checkov:skip=CKV_AWS_157:a variable: production demands it, its test holds it
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.engine_version
  instance_class = var.instance_class

  # No db_name: the database is made together with its owner, by the statements in docs/operating.md.
  username = "administrator"

  # RDS makes the password, keeps it in Secrets Manager and changes it every week: neither state nor logs know it.
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.key_arn

  storage_type          = "gp3"
  allocated_storage     = var.storage_gb
  max_allocated_storage = var.storage_gb * 5
  storage_encrypted     = true
  kms_key_id            = var.key_arn

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.this.name

  backup_retention_period   = var.backup_days
  backup_window             = "02:00-03:00"
  maintenance_window        = "tue:03:30-tue:04:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.deletion_protection
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = "${var.name}-final"

  auto_minor_version_upgrade          = false
  allow_major_version_upgrade         = false
  iam_database_authentication_enabled = true
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = var.key_arn
  monitoring_interval                 = 60
  monitoring_role_arn                 = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]

  lifecycle {
    precondition {
      condition     = !var.deletion_protection || var.multi_az || var.backup_days >= 30
      error_message = "A protected database without a standby keeps 30 days of backups or more."
    }

    postcondition {
      condition     = self.storage_encrypted && !self.publicly_accessible
      error_message = "The database came out public or unencrypted."
    }
  }
}
