mock_provider "aws" {}

mock_provider "random" {}

variables {
  name                      = "bandstand"
  vpc_id                    = "vpc-1"
  subnet_ids                = ["subnet-1", "subnet-2"]
  client_security_group_ids = { nodes = "sg-nodes" }
  key_arn                   = "arn:aws:kms:eu-central-1:111122223333:key/cache"
}

run "what_always_holds" {
  command = plan

  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_mode == "required" && aws_elasticache_replication_group.this.at_rest_encryption_enabled == "true"
    error_message = "Nothing travels or rests in the clear."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.kms_key_id == var.key_arn
    error_message = "It rests under the customer's key."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled && aws_elasticache_replication_group.this.num_cache_clusters == 2
    error_message = "A replica takes over."
  }

  assert {
    condition     = one([for setting in aws_elasticache_parameter_group.this.parameter : setting.value if setting.name == "maxmemory-policy"]) == "noeviction"
    error_message = "Limits and messages may not be thrown away."
  }
}

run "pages_may_be_thrown_away" {
  command = plan

  variables {
    eviction_policy = "volatile-lru"
  }

  assert {
    condition     = one([for setting in aws_elasticache_parameter_group.this.parameter : setting.value if setting.name == "maxmemory-policy"]) == "volatile-lru"
    error_message = "Only what has a life time."
  }
}

run "one_node_is_cheaper" {
  command = plan

  variables {
    replicas = 0
  }

  assert {
    condition     = !aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.num_cache_clusters == 1
    error_message = "One node, no failover."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    name            = "Cache"
    replicas        = 9
    engine_version  = "7.1"
    node_type       = "db.t4g.small"
    eviction_policy = "allkeys-lru"
  }

  expect_failures = [var.name, var.replicas, var.engine_version, var.node_type, var.eviction_policy]
}
