mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  host         = "bands.example.org"
  cluster_name = "bandstand"
}

run "what_always_holds" {
  command = plan

  assert {
    condition     = contains(aws_route53_record.caa.records, "0 issuewild \"letsencrypt.org\"")
    error_message = "Wildcards come from Let's Encrypt alone."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.zone["cert-manager"].statement[0].condition).values == tolist(["TXT"])
    error_message = "cert-manager writes TXT records and nothing else."
  }
}

run "one_that_comes_and_goes_goes_with_its_records" {
  command = plan

  variables {
    protected = false
  }

  assert {
    condition     = aws_route53_zone.this.force_destroy
    error_message = "Staging can be destroyed."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    host = "https://bands.example.org"
  }

  expect_failures = [var.host]
}
