# EKS with its API behind named addresses, Secrets under a customer key, and roles for pods by Pod Identity.

locals {
  # Nodes are ready only with a network, and pods get their roles only from the agent: these come before nodes. Each is a
  # DaemonSet, which is complete without any node. The others are Deployments: EKS waits for their pods, so they come after.
  before_nodes = {
    eks-pod-identity-agent = null
    kube-proxy             = null
    vpc-cni                = jsonencode({ enableNetworkPolicy = "true" }) # the chart's policies mean nothing otherwise
  }
  after_nodes = toset(["aws-ebs-csi-driver", "coredns", "metrics-server"])

  # Bottlerocket's image and what is for hire of each architecture. Graviton's names have a "g" after their generation.
  machines = {
    amd64 = { image = "BOTTLEROCKET_x86_64", types = ["m7a.large", "m7i.large"] }
    arm64 = { image = "BOTTLEROCKET_ARM_64", types = ["m8g.large", "m7g.large"] }
  }
  node_types = coalescelist(var.node_types, local.machines[var.architecture].types)

  # Add-ons that call AWS: service account and policy of each.
  callers = {
    aws-ebs-csi-driver = { account = "ebs-csi-controller-sa", policy = "service-role/AmazonEBSCSIDriverPolicy" }
  }
}

data "aws_iam_policy_document" "control_plane" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "node" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
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

resource "aws_iam_role" "control_plane" {
  name_prefix        = "${var.name}-control-"
  assume_role_policy = data.aws_iam_policy_document.control_plane.json
}

resource "aws_iam_role_policy_attachment" "control_plane" {
  role       = aws_iam_role.control_plane.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

# The control plane reads and writes Secrets under the customer's key.
data "aws_iam_policy_document" "secrets" {
  statement {
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role_policy" "secrets" {
  role   = aws_iam_role.control_plane.id
  policy = data.aws_iam_policy_document.secrets.json
}

resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_eks_cluster" "this" {
  # checkov:skip=CKV_AWS_339:the list of versions that the check knows ends before the one pinned here
  name                          = var.name
  version                       = var.kubernetes_version
  role_arn                      = aws_iam_role.control_plane.arn
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  bootstrap_self_managed_addons = false
  deletion_protection           = var.deletion_protection

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    subnet_ids              = var.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = length(var.api_access_cidrs) > 0
    public_access_cidrs     = length(var.api_access_cidrs) > 0 ? var.api_access_cidrs : null
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = var.key_arn
    }
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [aws_cloudwatch_log_group.control_plane, aws_iam_role_policy_attachment.control_plane, aws_iam_role_policy.secrets]
}

resource "aws_eks_access_entry" "administrators" {
  for_each = var.administrator_role_arns

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value
}

resource "aws_eks_access_policy_association" "administrators" {
  for_each = var.administrator_role_arns

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.administrators[each.key].principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

resource "aws_iam_role" "node" {
  name_prefix        = "${var.name}-node-"
  assume_role_policy = data.aws_iam_policy_document.node.json
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"])

  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

resource "aws_launch_template" "node" {
  name_prefix = "${var.name}-node-"

  # Pods can't reach the node's role: one hop ends in the pod's own network.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = 50
      encrypted             = "true"
      kms_key_id            = var.key_arn
      delete_on_termination = "true"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_eks_node_group" "this" {
  cluster_name           = aws_eks_cluster.this.name
  node_group_name_prefix = "${var.name}-"
  node_role_arn          = aws_iam_role.node.arn
  subnet_ids             = var.subnet_ids
  version                = var.kubernetes_version
  ami_type               = local.machines[var.architecture].image
  instance_types         = local.node_types

  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }

  scaling_config {
    min_size     = var.node_count.min
    max_size     = var.node_count.max
    desired_size = var.node_count.min
  }

  update_config {
    max_unavailable_percentage = 33
  }

  node_repair_config {
    enabled = true
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [scaling_config[0].desired_size] # the autoscaler's

    precondition {
      condition     = alltrue([for type in local.node_types : can(regex("^(a1|[a-z-]+[0-9]+g)", type)) == (var.architecture == "arm64")])
      error_message = "Not all of ${join(", ", local.node_types)} are ${var.architecture}: change node_types or architecture."
    }
  }

  depends_on = [aws_iam_role_policy_attachment.node, aws_eks_addon.before_nodes]
}

resource "aws_eks_addon" "before_nodes" {
  for_each = local.before_nodes

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = lookup(var.addon_versions, each.key, null)
  resolve_conflicts_on_update = "PRESERVE"
  configuration_values        = each.value
}

resource "aws_eks_addon" "after_nodes" {
  for_each = local.after_nodes

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.value
  addon_version               = lookup(var.addon_versions, each.value, null)
  resolve_conflicts_on_update = "PRESERVE"

  # A pod that starts before its role is associated stays without it.
  depends_on = [aws_eks_node_group.this, aws_eks_pod_identity_association.addon, aws_iam_role_policy_attachment.addon]
}

# What the autoscaler may: look at every group, change those of this cluster, which EKS tags with its name.
data "aws_iam_policy_document" "autoscaler" {
  # checkov:skip=CKV_AWS_356:looking knows no resource; changing is bound by a condition
  # checkov:skip=CKV_AWS_111:the same
  statement {
    actions = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
      "autoscaling:DescribeLaunchConfigurations",
      "autoscaling:DescribeScalingActivities",
      "autoscaling:DescribeTags",
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:GetInstanceTypesFromInstanceRequirements",
      "eks:DescribeNodegroup",
    ]
    resources = ["*"]
  }

  statement {
    actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "autoscaling:ResourceTag/kubernetes.io/cluster/${var.name}"
      values   = ["owned"]
    }
  }
}

resource "aws_iam_role" "autoscaler" {
  name_prefix        = "${substr("${var.name}-autoscaler", 0, 37)}-"
  assume_role_policy = data.aws_iam_policy_document.pod.json
}

resource "aws_iam_role_policy" "autoscaler" {
  role   = aws_iam_role.autoscaler.id
  policy = data.aws_iam_policy_document.autoscaler.json
}

# Module platform installs it under this name.
resource "aws_eks_pod_identity_association" "autoscaler" {
  cluster_name    = aws_eks_cluster.this.name
  namespace       = "cluster-autoscaler"
  service_account = "cluster-autoscaler"
  role_arn        = aws_iam_role.autoscaler.arn
}

resource "aws_iam_role" "addon" {
  for_each = local.callers

  name_prefix        = "${substr("${var.name}-${each.key}", 0, 37)}-"
  assume_role_policy = data.aws_iam_policy_document.pod.json
}

resource "aws_iam_role_policy_attachment" "addon" {
  for_each = local.callers

  role       = aws_iam_role.addon[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/${each.value.policy}"
}

resource "aws_eks_pod_identity_association" "addon" {
  for_each = local.callers

  cluster_name    = aws_eks_cluster.this.name
  namespace       = "kube-system"
  service_account = each.value.account
  role_arn        = aws_iam_role.addon[each.key].arn
}
