# What the chart needs, made here and handed over by the External Secrets Operator. The state holds it: keep it encrypted.

resource "random_password" "secret_key" {
  length  = 64
  special = false
}

resource "random_password" "role" {
  for_each = toset(["bandstand", "bandstand_owner"])

  length  = 40
  special = false
}

resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV2_AWS_57:keys rotate by the runbook, with the old one as a fallback; see docs/runbooks/key-rotation.md
  name                    = var.name
  description             = "Bandstand's keys and addresses"
  kms_key_id              = var.key_arn
  recovery_window_in_days = var.recovery_days

  dynamic "replica" {
    for_each = var.replica[*]

    content {
      region     = replica.value.region
      kms_key_id = replica.value.key_arn
    }
  }
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id = aws_secretsmanager_secret.this.id
  secret_string = jsonencode({
    secret-key             = random_password.secret_key.result
    database-url           = "postgresql://bandstand:${random_password.role["bandstand"].result}@${var.database_host}:5432/bandstand?sslmode=require"
    migration-database-url = "postgresql://bandstand_owner:${random_password.role["bandstand_owner"].result}@${var.database_host}:5432/bandstand?sslmode=require"
    redis-url              = var.redis_url
    page-cache-url         = var.page_cache_url
    email-url              = var.email_url
    backup-key             = var.backup_key
  })
}

data "aws_iam_policy_document" "pod" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = [aws_secretsmanager_secret.this.arn]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role" "reader" {
  name_prefix        = "external-secrets-"
  assume_role_policy = data.aws_iam_policy_document.pod.json
}

resource "aws_iam_role_policy" "reader" {
  role   = aws_iam_role.reader.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_eks_pod_identity_association" "reader" {
  cluster_name    = var.cluster_name
  namespace       = "external-secrets"
  service_account = "external-secrets"
  role_arn        = aws_iam_role.reader.arn
}
