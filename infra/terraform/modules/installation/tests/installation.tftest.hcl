mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }

  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "111122223333"
    }
  }

  mock_data "aws_iam_session_context" {
    defaults = {
      issuer_arn = "arn:aws:iam::111122223333:role/platform"
    }
  }

  mock_data "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    }
  }
}

mock_provider "helm" {}

mock_provider "kubernetes" {}

mock_provider "random" {}

variables {
  name                    = "bandstand"
  region                  = "eu-central-1"
  zones                   = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  host                    = "bands.example.org"
  email_url               = "smtp+tls://user:password@mail.example.org:587"
  administrator_role_arns = { platform = "arn:aws:iam::111122223333:role/platform" }
  images                  = { registry = "registry.example.org/bandstand", tag = "1.0.0" }
  issuer_email            = "platform@example.org"
  chart                   = "../../../../deploy/helm/bandstand"
}

run "all_modules_fit_together" {
  command = plan

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation])
    error_message = "Every key rotates."
  }

  assert {
    condition     = alltrue([for key in data.aws_iam_policy_document.key : contains(one([for statement in key.statement : statement if statement.sid == "Account"]).actions, "kms:*")])
    error_message = "The account keeps every key in its hands."
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.key["cluster"].statement : statement.actions if strcontains(jsonencode(statement.principals), "AWSServiceRoleForAutoScaling")
    ])) == toset(["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"])
    error_message = "Autoscaling encrypts the nodes' volumes: without a grant no node starts."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.key["cluster"].statement :
      anytrue([for condition in statement.condition : condition.variable == "kms:GrantIsForAWSResource" && condition.values == tolist(["true"])]) if contains(statement.actions, "kms:CreateGrant")
    ])
    error_message = "It grants to services of AWS alone."
  }

  assert {
    condition = alltrue([
      for service in ["logs.eu-central-1.amazonaws.com", "cloudwatch.amazonaws.com"] :
      length([for statement in data.aws_iam_policy_document.key["cluster"].statement : statement if strcontains(jsonencode(statement.principals), service) && length(statement.condition) == 1]) == 1
    ])
    error_message = "Logs are encrypted and alarms are sent, of this account alone."
  }

  assert {
    condition     = alltrue([for name in ["data", "secrets", "backup"] : length(data.aws_iam_policy_document.key[name].statement) == 1])
    error_message = "The other keys are used by roles of the account alone."
  }
}

run "an_unprotected_one_may_go_again" {
  command = plan

  variables {
    protected = false
    zones     = ["eu-central-1a", "eu-central-1b"]
  }

  # Its database may be lost with a week of backups: the precondition is about protected ones.
  assert {
    condition     = length(aws_kms_key.this) == 4
    error_message = "Encryption is never left out."
  }
}

run "ci_administers_the_cluster_too" {
  command = plan

  variables {
    workflow_role_arn = "arn:aws:iam::111122223333:role/bandstand-production"
  }

  assert {
    condition     = local.administrators == tomap({ platform = "arn:aws:iam::111122223333:role/platform", workflow = var.workflow_role_arn })
    error_message = "CI installs the chart, so the cluster has to know its role."
  }
}

run "images_have_to_run_on_the_nodes" {
  command = plan

  variables {
    images = { registry = "registry.example.org/bandstand", tag = "1.0.0", architectures = ["amd64"] }
  }

  expect_failures = [aws_kms_key.this]
}

run "images_for_amd64_run_on_such_nodes" {
  command = plan

  variables {
    architecture = "amd64"
    images       = { registry = "registry.example.org/bandstand", tag = "1.0.0", architectures = ["amd64"] }
  }

  assert {
    condition     = length(aws_kms_key.this) == 4
    error_message = "That fits."
  }
}

run "copies_are_readable_when_the_region_is_lost" {
  command = plan

  variables {
    recovery_region = "eu-west-1"
  }

  assert {
    condition     = aws_kms_key.recovery[0].region == "eu-west-1" && aws_kms_key.recovery[0].enable_key_rotation && local.replica.region == "eu-west-1"
    error_message = "Files, backups and keys are copied, under a key of the other region."
  }
}

run "a_copy_in_the_same_region_is_none" {
  command = plan

  variables {
    recovery_region = "eu-central-1"
  }

  expect_failures = [aws_kms_key.recovery]
}

run "zones_are_in_the_region" {
  command = plan

  variables {
    zones = ["eu-west-1a", "eu-west-1b"]
  }

  expect_failures = [aws_kms_key.this]
}

run "a_protected_one_has_a_node_in_each_zone" {
  command = plan

  variables {
    node_count = { min = 2, max = 9 }
  }

  expect_failures = [aws_kms_key.this]
}

run "who_applies_has_to_reach_the_cluster" {
  command = plan

  variables {
    administrator_role_arns = { other = "arn:aws:iam::111122223333:role/other" }
  }

  expect_failures = [aws_kms_key.this]
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    workflow_role_arn = "bandstand-production"
  }

  expect_failures = [var.workflow_role_arn]
}
