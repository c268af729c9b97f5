# About 900 EUR a month in eu-central-1 at on-demand prices of 2026, before traffic: three m8g.large nodes 210, control plane
# 70, db.r8g.large with standby 400, storage 30, Valkey with replica 50, three NAT gateways 110, keys and logs 30.

data "aws_caller_identity" "current" {}

module "installation" {
  source = "../../modules/installation"

  name                    = "bandstand"
  region                  = var.region
  zones                   = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  host                    = var.host
  email_url               = var.email_url
  backup_key              = var.backup_key
  issuer_email            = var.issuer_email
  administrator_role_arns = var.administrator_role_arns
  workflow_role_arn       = var.workflow_role_arn != null ? var.workflow_role_arn : "arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/bandstand-production"
  api_access_cidrs        = var.api_access_cidrs
  images                  = var.images
  alarm_email             = var.alarm_email
  chart_values            = var.chart_values
  architecture            = var.architecture
  node_types              = var.node_types
  chart                   = "${path.module}/../../../../deploy/helm/bandstand"
  copy_to_vault_arn       = var.copy_to_vault_arn
  recovery_region         = try(split(":", var.copy_to_vault_arn)[3], "") # the other copies go where the backups' do
}
