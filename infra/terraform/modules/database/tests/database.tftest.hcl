mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  name                      = "bandstand"
  vpc_id                    = "vpc-1"
  subnet_ids                = ["subnet-1", "subnet-2"]
  client_security_group_ids = { nodes = "sg-nodes" }
  key_arn                   = "arn:aws:kms:eu-central-1:111122223333:key/database"
}

run "what_always_holds" {
  command = plan

  assert {
    condition     = aws_db_instance.this.publicly_accessible == false
    error_message = "The database must not be public."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.clients : rule.cidr_ipv4 == null && rule.from_port == 5432])
    error_message = "Only named security groups may connect."
  }

  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == var.key_arn
    error_message = "Storage is encrypted with the customer's key."
  }

  assert {
    condition     = one([for setting in aws_db_parameter_group.this.parameter : setting.value if setting.name == "rds.force_ssl"]) == "1"
    error_message = "TLS is forced."
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && aws_db_instance.this.backup_retention_period >= 30 && !aws_db_instance.this.skip_final_snapshot
    error_message = "Deletion is refused, and any moment of 30 days can be restored."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null && aws_db_instance.this.master_user_secret_kms_key_id == var.key_arn
    error_message = "The state knows no password: RDS makes it and keeps it in Secrets Manager."
  }

  assert {
    condition     = one([for setting in aws_db_parameter_group.this.parameter : setting.value if setting.name == "log_statement"]) == "none"
    error_message = "CREATE ROLE … PASSWORD must not be logged."
  }

  assert {
    condition     = one([for setting in aws_db_parameter_group.this.parameter : setting.value if setting.name == "log_parameter_max_length"]) == "0"
    error_message = "Nor what people wrote."
  }

  assert {
    condition     = aws_db_instance.this.multi_az
    error_message = "A standby stands in another zone."
  }

  assert {
    condition     = tonumber(one([for setting in aws_db_parameter_group.this.parameter : setting.value if setting.name == "max_locks_per_transaction"])) >= 1024
    error_message = "Dumping thousands of schemas takes a lock on each table."
  }

  assert {
    condition     = !aws_db_instance.this.auto_minor_version_upgrade && aws_db_parameter_group.this.family == "postgres18"
    error_message = "Upgrades are decided."
  }
}

run "one_that_comes_and_goes_leaves_nothing" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = !aws_db_instance.this.deletion_protection && aws_db_instance.this.skip_final_snapshot && aws_db_instance.this.delete_automated_backups
    error_message = "It can be destroyed, with its backups."
  }
}

run "it_refuses_a_lonely_database_with_few_backups" {
  command = plan

  variables {
    multi_az    = false
    backup_days = 7
  }

  expect_failures = [aws_db_instance.this]
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    name                      = "Database"
    storage_gb                = 5
    key_arn                   = "key"
    instance_class            = "r8g.large"
    engine_version            = "18"
    backup_days               = 1
    subnet_ids                = ["subnet-1"]
    max_locks_per_transaction = 64
  }

  expect_failures = [var.name, var.storage_gb, var.key_arn, var.instance_class, var.engine_version, var.backup_days, var.subnet_ids, var.max_locks_per_transaction]
}
