# Two private buckets, for uploaded files and for portals' backups, and the roles by which pods use them.

locals {
  # Files are deleted by Bandstand alone; backups also by their age, in case nobody runs what forgets them.
  buckets = { media = 0, backups = var.backup_days }

  # Service accounts of the chart, and what each may use. A restore writes files, so backups may, too.
  callers = {
    web    = ["media"]
    worker = ["media"]
    backup = ["media", "backups"]
  }
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV2_AWS_62:nothing reacts to a new object
  # checkov:skip=CKV_AWS_18:access is seen in CloudTrail
  # checkov:skip=CKV_AWS_144:module backup copies files to the other region; portals' backups are made of those and the database
  for_each = local.buckets

  bucket_prefix = "${var.name}-${each.key}-"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "age"
    status = "Enabled"

    filter {}

    dynamic "expiration" {
      for_each = each.value > 0 ? [each.value] : []

      content {
        days = expiration.value
      }
    }

    noncurrent_version_expiration {
      noncurrent_days = var.undo_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

data "aws_iam_policy_document" "tls_only" {
  for_each = local.buckets

  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.tls_only[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.this]
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

data "aws_iam_policy_document" "use" {
  for_each = local.callers

  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = [for bucket in each.value : "${aws_s3_bucket.this[bucket].arn}/*"]
  }

  # Without it a file that is missing looks like one that is forbidden.
  statement {
    actions   = ["s3:ListBucket"]
    resources = [for bucket in each.value : aws_s3_bucket.this[bucket].arn]
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role" "caller" {
  for_each = local.callers

  name_prefix        = "${var.name}-${each.key}-"
  assume_role_policy = data.aws_iam_policy_document.pod.json
}

resource "aws_iam_role_policy" "caller" {
  for_each = local.callers

  role   = aws_iam_role.caller[each.key].id
  policy = data.aws_iam_policy_document.use[each.key].json
}

resource "aws_eks_pod_identity_association" "caller" {
  for_each = local.callers

  cluster_name    = var.cluster_name
  namespace       = var.namespace
  service_account = "${var.release}-${each.key}"
  role_arn        = aws_iam_role.caller[each.key].arn
}
