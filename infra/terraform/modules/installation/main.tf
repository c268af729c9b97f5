# All modules together: an environment chooses sizes and names, nothing else.

data "aws_caller_identity" "current" {}

# Whoever applies talks to the cluster as this role.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

# It launches the nodes. An account that has never scaled anything lacks it: modules/foundation makes it.
data "aws_iam_role" "autoscaling" {
  name = "AWSServiceRoleForAutoScaling"
}

locals {
  administrators = merge(var.administrator_role_arns, var.workflow_role_arn == "" ? {} : { workflow = var.workflow_role_arn })

  # Services that use a key by its policy, because no role of ours speaks for them.
  logs        = ["cluster"]
  alarms      = ["cluster"]
  autoscaling = ["cluster"]

  replica = var.recovery_region == "" ? null : { region = var.recovery_region, key_arn = aws_kms_key.recovery[0].arn }
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109:the policy of a key names itself by "*"; the account's root hands on by IAM
  # checkov:skip=CKV_AWS_111:the same
  # checkov:skip=CKV_AWS_356:the same
  for_each = toset(["cluster", "data", "secrets", "backup"])

  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = contains(local.logs, each.value) ? ["Logs"] : []

    content {
      sid       = statement.value
      actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logs.${var.region}.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = ["arn:aws:logs:${var.region}:${data.aws_caller_identity.current.account_id}:*"]
      }
    }
  }

  # Without it alarms reach nobody.
  dynamic "statement" {
    for_each = contains(local.alarms, each.value) ? ["Alarms"] : []

    content {
      sid       = statement.value
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudwatch.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [data.aws_caller_identity.current.account_id]
      }
    }
  }

  # Nodes' volumes: without these two, instances end as soon as they start ("Client.InternalError").
  dynamic "statement" {
    for_each = contains(local.autoscaling, each.value) ? ["Nodes"] : []

    content {
      sid       = statement.value
      actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [data.aws_iam_role.autoscaling.arn]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(local.autoscaling, each.value) ? ["NodesGrants"] : []

    content {
      sid       = statement.value
      actions   = ["kms:CreateGrant"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [data.aws_iam_role.autoscaling.arn]
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }
}

resource "aws_kms_key" "this" {
  for_each = data.aws_iam_policy_document.key

  description             = "${var.name}: ${each.key}"
  enable_key_rotation     = true
  deletion_window_in_days = var.protected ? 30 : 7
  policy                  = each.value.json

  lifecycle {
    precondition {
      condition     = alltrue([for zone in var.zones : startswith(zone, var.region)])
      error_message = "Not all zones are in ${var.region}."
    }

    precondition {
      condition     = !var.protected || var.node_count.min >= length(var.zones)
      error_message = "A protected installation has a node in each zone: ${length(var.zones)} or more."
    }

    precondition {
      condition     = contains(var.images.architectures, var.architecture)
      error_message = "Nodes are ${var.architecture}, the images aren't: build them with --platforms linux/${var.architecture}, or change architecture."
    }

    precondition {
      condition     = contains(values(local.administrators), data.aws_iam_session_context.current.issuer_arn)
      error_message = "You apply as ${data.aws_iam_session_context.current.issuer_arn}, which couldn't reach the cluster: add it to administrator_role_arns."
    }
  }
}

# In the other region: files, backups and keys have to be readable when this region's keys are lost with it.
resource "aws_kms_key" "recovery" {
  count = var.recovery_region == "" ? 0 : 1

  region                  = var.recovery_region
  description             = "${var.name}: copies for the loss of ${var.region}"
  enable_key_rotation     = true
  deletion_window_in_days = var.protected ? 30 : 7
  policy                  = data.aws_iam_policy_document.key["backup"].json

  lifecycle {
    precondition {
      condition     = var.recovery_region != var.region
      error_message = "Copies are for the loss of ${var.region}: name another recovery_region."
    }
  }
}

module "network" {
  source = "../network"

  name          = var.name
  zones         = var.zones
  nat_per_zone  = var.protected
  flow_log_days = var.protected ? 365 : 30
  log_key_arn   = aws_kms_key.this["cluster"].arn
}

module "cluster" {
  source = "../cluster"

  name                    = var.name
  subnet_ids              = module.network.private_subnet_ids
  api_access_cidrs        = var.api_access_cidrs
  administrator_role_arns = local.administrators
  architecture            = var.architecture
  node_types              = var.node_types
  node_count              = var.node_count
  deletion_protection     = var.protected
  key_arn                 = aws_kms_key.this["cluster"].arn
}

module "database" {
  source = "../database"

  name                      = var.name
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.data_subnet_ids
  client_security_group_ids = { cluster = module.cluster.security_group_id }
  instance_class            = var.database.instance_class
  storage_gb                = var.database.storage_gb
  multi_az                  = var.protected
  deletion_protection       = var.protected
  backup_days               = var.protected ? 35 : 7
  key_arn                   = aws_kms_key.this["data"].arn
}

module "cache" {
  source = "../cache"

  name                      = var.name
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.data_subnet_ids
  client_security_group_ids = { cluster = module.cluster.security_group_id }
  node_type                 = var.cache_node_type
  replicas                  = var.protected ? 1 : 0
  key_arn                   = aws_kms_key.this["data"].arn
}

module "page_cache" {
  source = "../cache"

  name                      = "${var.name}-pages"
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.data_subnet_ids
  client_security_group_ids = { cluster = module.cluster.security_group_id }
  node_type                 = var.page_cache_node_type
  replicas                  = 0 # it may lose everything at any time: pages are made anew
  eviction_policy           = "volatile-lru"
  key_arn                   = aws_kms_key.this["data"].arn
}

module "storage" {
  source = "../storage"

  name         = var.name
  key_arn      = aws_kms_key.this["data"].arn
  cluster_name = module.cluster.name
  replica      = local.replica
  protected    = var.protected
}

module "dns" {
  source = "../dns"

  host         = var.host
  cluster_name = module.cluster.name
  protected    = var.protected
}

module "secrets" {
  source = "../secrets"

  name           = "${var.name}/bandstand"
  key_arn        = aws_kms_key.this["secrets"].arn
  database_host  = module.database.host
  redis_url      = module.cache.url
  page_cache_url = module.page_cache.url
  email_url      = var.email_url
  backup_key     = var.backup_key
  cluster_name   = module.cluster.name
  recovery_days  = var.protected ? 30 : 0
  replica        = local.replica
}

module "backup" {
  source = "../backup"

  name              = var.name
  key_arn           = aws_kms_key.this["backup"].arn
  resource_arns     = [module.database.arn, module.storage.media_arn]
  copy_to_vault_arn = var.copy_to_vault_arn
  keep_days         = var.protected ? 35 : 7
  locked            = var.protected
}

module "alarms" {
  source = "../alarms"

  name        = var.name
  email       = coalesce(var.alarm_email, var.issuer_email)
  key_arn     = aws_kms_key.this["cluster"].arn
  database_id = var.name
  cache_id    = var.name
  cache_nodes = var.protected ? 2 : 1
  vault_name  = var.name
}

module "platform" {
  source = "../platform"

  host           = var.host
  region         = var.region
  cluster_name   = module.cluster.name
  chart_values   = var.chart_values
  chart          = var.chart
  images         = var.images
  secret_name    = module.secrets.name
  media_location = module.storage.media_location
  data_cidrs     = module.network.data_cidrs
  issuer_email   = var.issuer_email
  web_replicas   = var.web_replicas
  # Whether there is a key is no secret.
  backups_location = nonsensitive(var.backup_key != "") ? module.storage.backups_location : ""

  # A pod that starts before its role is associated stays without it.
  depends_on = [module.cluster, module.dns, module.secrets, module.storage]
}
