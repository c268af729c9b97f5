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
