# About 330 EUR a month: two nodes, one small database without a standby, one cache node, one NAT gateway.

data "aws_caller_identity" "current" {}

module "installation" {
  source = "../../modules/installation"

  name                    = "bandstand-staging"
  region                  = var.region
  zones                   = [for letter in ["a", "b"] : "${var.region}${letter}"]
  host                    = var.host
  email_url               = var.email_url
  backup_key              = var.backup_key
  issuer_email            = var.issuer_email
  administrator_role_arns = var.administrator_role_arns
  workflow_role_arn       = var.workflow_role_arn != null ? var.workflow_role_arn : "arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/bandstand-staging"
  api_access_cidrs        = var.api_access_cidrs
  images                  = var.images
  alarm_email             = var.alarm_email
  chart_values            = var.chart_values
  architecture            = var.architecture
  node_types              = var.node_types
  chart                   = "${path.module}/../../../../deploy/helm/bandstand"
  protected               = false
  database                = { instance_class = "db.t4g.medium", storage_gb = 20 }
  cache_node_type         = "cache.t4g.micro"
  node_count              = { min = 2, max = 4 }
  web_replicas            = { min = 1, max = 2 }
}
