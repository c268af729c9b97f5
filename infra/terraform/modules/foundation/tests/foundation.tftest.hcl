mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  name       = "bandstand"
  repository = "example/bandstand"
}

run "what_always_holds" {
  command = plan

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_versioning.state : bucket.versioning_configuration[0].status == "Enabled"]) && alltrue([for key in aws_kms_key.state : key.enable_key_rotation])
    error_message = "A state can be had back, and rests encrypted."
  }

  assert {
    condition = anytrue([
      for condition in data.aws_iam_policy_document.workflow["production"].statement[0].condition :
      tolist(condition.values) == tolist(["repo:example/bandstand:environment:production"])
    ])
    error_message = "A branch or a pull request alone gets no role."
  }
}

run "the_state_outlives_its_region" {
  command = plan

  variables {
    replica_region = "eu-west-1"
  }

  assert {
    condition     = one(aws_s3_bucket_replication_configuration.state[0].rule).status == "Enabled" && aws_s3_bucket.state["replica"].region == "eu-west-1" && aws_kms_key.state["replica"].region == "eu-west-1"
    error_message = "Bucket and key of the copy are in the other region."
  }

  assert {
    condition     = !anytrue([for statement in data.aws_iam_policy_document.replicate[0].statement : anytrue([for action in statement.actions : strcontains(action, "*") || strcontains(action, "Put") || strcontains(action, "s3:Delete")])])
    error_message = "S3 copies, and does nothing else."
  }
}

run "nodes_can_be_launched" {
  command = plan

  assert {
    condition     = aws_iam_service_linked_role.autoscaling[0].aws_service_name == "autoscaling.amazonaws.com"
    error_message = "A fresh account lacks the role that keys of nodes' volumes name."
  }
}

run "the_role_may_be_there" {
  command = plan

  variables {
    make_autoscaling_role = false
  }

  assert {
    condition     = length(aws_iam_service_linked_role.autoscaling) == 0
    error_message = "It exists once per account."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    repository   = "bandstand"
    environments = []
  }

  expect_failures = [var.repository, var.environments]
}
