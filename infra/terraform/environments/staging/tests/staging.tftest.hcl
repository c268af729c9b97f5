mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
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
}

run "it_plans" {
  command = plan
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    region = "Frankfurt"
  }

  expect_failures = [var.region]
}
