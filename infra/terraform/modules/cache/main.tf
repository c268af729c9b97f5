# Valkey, for limits, invalidations and messages to workers, or for pages. PostgreSQL is the truth; losing this loses no job.

resource "random_password" "token" {
  length  = 64
  special = false
}

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "Valkey of ${var.name}"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
  description                  = "Valkey from ${each.key}"
}

resource "aws_elasticache_parameter_group" "this" {
  name   = var.name
  family = "valkey${split(".", var.engine_version)[0]}"

  parameter {
    name  = "maxmemory-policy"
    value = var.eviction_policy
  }
}

resource "aws_elasticache_replication_group" "this" {
  # checkov:skip=CKV2_AWS_50:a variable: production has replicas, its test holds it
  replication_group_id = var.name
  description          = "Cache and messages of ${var.name}"
  engine               = "valkey"
  engine_version       = var.engine_version
  node_type            = var.node_type
  parameter_group_name = aws_elasticache_parameter_group.this.name

  num_cache_clusters         = 1 + var.replicas
  automatic_failover_enabled = var.replicas > 0
  multi_az_enabled           = var.replicas > 0

  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this.id]
  at_rest_encryption_enabled = true
  kms_key_id                 = var.key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token                 = random_password.token.result
  auth_token_update_strategy = "ROTATE"

  auto_minor_version_upgrade = false
  snapshot_retention_limit   = 1
  maintenance_window         = "tue:04:30-tue:05:30"

  lifecycle {
    postcondition {
      condition     = self.transit_encryption_enabled && self.at_rest_encryption_enabled
      error_message = "Valkey came out without encryption."
    }
  }
}
