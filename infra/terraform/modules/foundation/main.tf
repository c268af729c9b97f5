# Made once, by hand, before anything else: where states live, and roles for CI that need no stored keys.

locals {
  # The copy is read where the first is lost with its region.
  states = merge({ state = null }, var.replica_region == "" ? {} : { replica = var.replica_region })
}

resource "aws_kms_key" "state" {
  # checkov:skip=CKV2_AWS_64:the default policy: the account, and IAM decides
  for_each = local.states

  region                  = each.value
  description             = "${var.name}: Terraform's states"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_s3_bucket" "state" {
  # checkov:skip=CKV2_AWS_62:nothing reacts to a changed state
  # checkov:skip=CKV_AWS_18:access is seen in CloudTrail; a bucket of logs would need one of its own
  # checkov:skip=CKV_AWS_144:a variable: environments/foundation sets it
  for_each = local.states

  region        = each.value
  bucket_prefix = "${var.name}-state-"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  for_each = local.states

  region                  = each.value
  bucket                  = aws_s3_bucket.state[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "state" {
  for_each = local.states

  region = each.value
  bucket = aws_s3_bucket.state[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  for_each = local.states

  region = each.value
  bucket = aws_s3_bucket.state[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state[each.key].arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  for_each = local.states

  region = each.value
  bucket = aws_s3_bucket.state[each.key].id

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

data "aws_iam_policy_document" "replication_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "replicate" {
  count = var.replica_region == "" ? 0 : 1

  statement {
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [aws_s3_bucket.state["state"].arn]
  }

  statement {
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = ["${aws_s3_bucket.state["state"].arn}/*"]
  }

  statement {
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = ["${aws_s3_bucket.state["replica"].arn}/*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.state["state"].arn]
  }

  statement {
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.state["replica"].arn]
  }
}

resource "aws_iam_role" "replication" {
  count = var.replica_region == "" ? 0 : 1

  name_prefix        = "${var.name}-state-copy-"
  assume_role_policy = data.aws_iam_policy_document.replication_assume.json
}

resource "aws_iam_role_policy" "replication" {
  count = var.replica_region == "" ? 0 : 1

  role   = aws_iam_role.replication[0].id
  policy = data.aws_iam_policy_document.replicate[0].json
}

resource "aws_s3_bucket_replication_configuration" "state" {
  count = var.replica_region == "" ? 0 : 1

  bucket = aws_s3_bucket.state["state"].id
  role   = aws_iam_role.replication[0].arn

  rule {
    id     = "region"
    status = "Enabled"

    filter {}

    delete_marker_replication {
      status = "Enabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = aws_s3_bucket.state["replica"].arn

      encryption_configuration {
        replica_kms_key_id = aws_kms_key.state["replica"].arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.state, aws_iam_role_policy.replication]
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
