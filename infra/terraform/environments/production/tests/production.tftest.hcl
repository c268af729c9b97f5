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
  host                    = "bands.example.org"
  email_url               = "smtp+tls://user:password@mail.example.org:587"
  issuer_email            = "platform@example.org"
  administrator_role_arns = { platform = "arn:aws:iam::111122223333:role/platform" }
  api_access_cidrs        = ["192.0.2.0/24"]
  images                  = { registry = "registry.example.org/bandstand", tag = "1.0.0" }
  copy_to_vault_arn       = "arn:aws:backup:eu-west-1:111122223333:backup-vault:bandstand"
}

run "it_plans" {
  command = plan
}

run "it_refuses_an_odd_region" {
  command = plan

  variables {
    region = "Frankfurt"
  }

  expect_failures = [var.region]
}

run "it_refuses_a_copy_in_the_same_region" {
  command = plan

  variables {
    copy_to_vault_arn = "arn:aws:backup:eu-central-1:111122223333:backup-vault:bandstand"
  }

  expect_failures = [var.copy_to_vault_arn]
}
