# Two private buckets, for uploaded files and for portals' backups, with copies in another region, and the roles of pods that use them.

locals {
  # Files are deleted by Bandstand alone; backups also by their age, in case nobody runs what forgets them.
  days = { media = 0, backups = var.backup_days }
  buckets = merge(
    { for name, days in local.days : name => { days = days, region = null, key_arn = var.key_arn } },
    [for replica in var.replica[*] : { for name, days in local.days : "${name}-replica" => { days = days, region = replica.region, key_arn = replica.key_arn } }]...
  )

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
  # checkov:skip=CKV_AWS_144:a variable: production demands it, its test holds it
  for_each = local.buckets

  bucket_prefix = "${substr(var.name, 0, 35 - length(each.key))}-${each.key}-"
  region        = each.value.region
  force_destroy = !var.protected
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  region                  = each.value.region
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  region = each.value.region

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  region = each.value.region

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  region = each.value.region

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = each.value.key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  region = each.value.region

  rule {
    id     = "age"
    status = "Enabled"

    filter {}

    dynamic "expiration" {
      for_each = each.value.days > 0 ? [each.value.days] : []

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

  # Nobody deletes the bucket, whoever they are, until `protected` is taken back.
  dynamic "statement" {
    for_each = var.protected ? ["kept"] : []

    content {
      effect    = "Deny"
      actions   = ["s3:DeleteBucket"]
      resources = [aws_s3_bucket.this[each.key].arn]

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  region = each.value.region
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

data "aws_iam_policy_document" "replication_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

# S3 reads here with this region's key, and writes there with that region's.
data "aws_iam_policy_document" "replicate" {
  count = var.replica == null ? 0 : 1

  statement {
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [for name in keys(local.days) : aws_s3_bucket.this[name].arn]
  }

  statement {
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = [for name in keys(local.days) : "${aws_s3_bucket.this[name].arn}/*"]
  }

  statement {
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = [for name in keys(local.days) : "${aws_s3_bucket.this["${name}-replica"].arn}/*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]
  }

  statement {
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [var.replica.key_arn]
  }
}

resource "aws_iam_role" "replication" {
  count = var.replica == null ? 0 : 1

  name_prefix        = "${var.name}-copy-"
  assume_role_policy = data.aws_iam_policy_document.replication_assume.json
}

resource "aws_iam_role_policy" "replication" {
  count = var.replica == null ? 0 : 1

  role   = aws_iam_role.replication[0].id
  policy = data.aws_iam_policy_document.replicate[0].json
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = { for name, days in local.days : name => days if var.replica != null }

  bucket = aws_s3_bucket.this[each.key].id
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
      bucket = aws_s3_bucket.this["${each.key}-replica"].arn

      encryption_configuration {
        replica_kms_key_id = var.replica.key_arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this, aws_iam_role_policy.replication]
}
