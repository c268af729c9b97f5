# The zone of the platform and its portals, and what two add-ons may do in it and nowhere else.

resource "aws_route53_zone" "this" {
  # checkov:skip=CKV2_AWS_39:queries tell who visits which portal
  # checkov:skip=CKV2_AWS_38:needs a key in us-east-1 and a DS record at the registrar: a step by hand, left to the operator
  name          = var.host
  force_destroy = !var.protected # otherwise a zone that has others' records, external-dns' too, can't be deleted
}

# Only Let's Encrypt may issue for the zone, wildcards included.
resource "aws_route53_record" "caa" {
  zone_id = aws_route53_zone.this.zone_id
  name    = var.host
  type    = "CAA"
  ttl     = 3600
  records = ["0 issue \"letsencrypt.org\"", "0 issuewild \"letsencrypt.org\""]
}

locals {
  callers = {
    cert-manager = { namespace = "cert-manager", account = "cert-manager", types = ["TXT"] }
    external-dns = { namespace = "external-dns", account = "external-dns", types = ["A", "AAAA", "CNAME", "TXT"] }
  }
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

data "aws_iam_policy_document" "zone" {
  # checkov:skip=CKV_AWS_356:these three actions know no resource, see below
  for_each = local.callers

  statement {
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = [aws_route53_zone.this.arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsRecordTypes"
      values   = each.value.types
    }
  }

  statement {
    actions   = ["route53:ListResourceRecordSets"]
    resources = [aws_route53_zone.this.arn]
  }

  # These know no resource.
  statement {
    actions   = ["route53:GetChange", "route53:ListHostedZones", "route53:ListHostedZonesByName"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "caller" {
  for_each = local.callers

  name_prefix        = "${each.key}-"
  assume_role_policy = data.aws_iam_policy_document.pod.json
}

resource "aws_iam_role_policy" "caller" {
  for_each = local.callers

  role   = aws_iam_role.caller[each.key].id
  policy = data.aws_iam_policy_document.zone[each.key].json
}

resource "aws_eks_pod_identity_association" "caller" {
  for_each = local.callers

  cluster_name    = var.cluster_name
  namespace       = each.value.namespace
  service_account = each.value.account
  role_arn        = aws_iam_role.caller[each.key].arn
}
