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

  mock_resource "aws_secretsmanager_secret" {
    defaults = {
      arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:made-up"
    }
  }
}

mock_provider "random" {}

variables {
  name           = "production/bandstand"
  key_arn        = "arn:aws:kms:eu-central-1:111122223333:key/secrets"
  database_host  = "db.example.internal"
  redis_url      = "rediss://:token@cache.example.internal:6379/0"
  page_cache_url = "rediss://:token@pages.example.internal:6379/0"
  email_url      = "smtp+tls://user:password@mail.example.org:587"
  cluster_name   = "bandstand"
}

run "the_secret_key_is_long_enough" {
  command = plan

  assert {
    condition     = random_password.secret_key.length >= 50
    error_message = "Bandstand refuses shorter ones in production."
  }
}

run "it_holds_every_key_that_the_chart_reads" {
  command = apply

  assert {
    condition     = toset(keys(jsondecode(aws_secretsmanager_secret_version.this.secret_string))) == toset(["secret-key", "database-url", "migration-database-url", "redis-url", "page-cache-url", "email-url", "backup-key"])
    error_message = "The names are those of the chart's secrets.keys."
  }

  assert {
    condition     = endswith(jsondecode(aws_secretsmanager_secret_version.this.secret_string)["database-url"], "sslmode=require")
    error_message = "PostgreSQL is reached with TLS."
  }

  assert {
    condition     = aws_secretsmanager_secret.this.kms_key_id == var.key_arn
    error_message = "It rests under the customer's key."
  }
}

run "the_keys_outlive_the_region" {
  command = plan

  variables {
    replica = { region = "eu-west-1", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/recovery" }
  }

  assert {
    condition     = one(aws_secretsmanager_secret.this.replica).region == "eu-west-1" && one(aws_secretsmanager_secret.this.replica).kms_key_id == var.replica.key_arn
    error_message = "Backups are worth nothing without the key that opens them."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    name           = "Production Secrets"
    redis_url      = "redis://cache.example.internal:6379/0"
    page_cache_url = "redis://pages.example.internal:6379/0"
    recovery_days  = 3
    backup_key     = "correct horse battery staple"
  }

  expect_failures = [var.name, var.redis_url, var.page_cache_url, var.recovery_days, var.backup_key]
}
