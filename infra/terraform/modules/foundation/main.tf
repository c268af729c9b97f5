# Made once, by hand, before anything else: where states live, and roles for CI that need no stored keys.

resource "aws_kms_key" "state" {
  # checkov:skip=CKV2_AWS_64:the default policy: the account, and IAM decides
  description             = "${var.name}: Terraform's states"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_s3_bucket" "state" {
  # checkov:skip=CKV2_AWS_62:nothing reacts to a changed state
  # checkov:skip=CKV_AWS_18:access is seen in CloudTrail; a bucket of logs would need one of its own
  # checkov:skip=CKV_AWS_144:versions protect the state; it can be imported anew from what exists
  bucket_prefix = "${var.name}-state-"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "former-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days           = 365
      newer_noncurrent_versions = 20
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "workflow" {
  for_each = var.environments

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.repository}:environment:${each.value}"]
    }
  }
}

resource "aws_iam_role" "workflow" {
  for_each = var.environments

  name                 = "${var.name}-${each.value}"
  assume_role_policy   = data.aws_iam_policy_document.workflow[each.value].json
  max_session_duration = 7200
}

# It makes networks, clusters, roles and keys: an account of its own per environment is what bounds it.
resource "aws_iam_role_policy_attachment" "workflow" {
  # checkov:skip=CKV_AWS_274:it makes every kind of resource; the account of the environment is the bound
  for_each = var.environments

  role       = aws_iam_role.workflow[each.value].name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

# Keys of nodes' volumes name it, and a policy can't name what isn't there.
resource "aws_iam_service_linked_role" "autoscaling" {
  count = var.make_autoscaling_role ? 1 : 0

  aws_service_name = "autoscaling.amazonaws.com"
}
