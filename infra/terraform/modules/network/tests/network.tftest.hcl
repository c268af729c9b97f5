mock_provider "aws" {}

variables {
  name        = "bandstand"
  zones       = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  log_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs"
}

run "what_always_holds" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "A zone's loss must not cut off the others."
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL"
    error_message = "All traffic is logged."
  }

  assert {
    condition     = length([for route in aws_route.private_out : route]) == 3 && length(aws_route_table_association.data) == 3
    error_message = "Only public and private subnets have a default route."
  }

  assert {
    condition = length(distinct(concat(
      [for subnet in aws_subnet.public : subnet.cidr_block],
      [for subnet in aws_subnet.private : subnet.cidr_block],
      [for subnet in aws_subnet.data : subnet.cidr_block],
    ))) == 9
    error_message = "Nine different blocks for three zones."
  }
}

run "one_way_out_is_cheaper" {
  command = plan

  variables {
    nat_per_zone = false
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1
    error_message = "One NAT gateway for all zones."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    zones         = ["eu-central-1a"]
    cidr          = "10.0.0.0/24"
    name          = "Band Stand"
    flow_log_days = 8
  }

  expect_failures = [var.zones, var.cidr, var.name, var.flow_log_days]
}
