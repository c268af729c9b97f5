mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  name                    = "bandstand"
  subnet_ids              = ["subnet-1", "subnet-2", "subnet-3"]
  administrator_role_arns = { platform = "arn:aws:iam::111122223333:role/platform" }
  key_arn                 = "arn:aws:kms:eu-central-1:111122223333:key/cluster"
}

run "what_always_holds" {
  command = plan

  assert {
    condition     = !aws_eks_cluster.this.vpc_config[0].endpoint_public_access && aws_eks_cluster.this.vpc_config[0].endpoint_private_access
    error_message = "Nobody outside reaches the API server unless addresses are named."
  }

  assert {
    condition     = !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "Whoever creates it isn't its administrator for ever."
  }

  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.key_arn
    error_message = "Secrets rest under the customer's key."
  }

  assert {
    condition     = aws_launch_template.node.block_device_mappings[0].ebs[0].encrypted == "true"
    error_message = "So do the nodes' volumes."
  }

  assert {
    condition     = aws_launch_template.node.metadata_options[0].http_tokens == "required" && aws_launch_template.node.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "IMDSv2 with one hop."
  }

  assert {
    condition     = jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "The chart's policies mean nothing otherwise."
  }

  assert {
    condition     = toset(keys(aws_eks_addon.before_nodes)) == toset(["eks-pod-identity-agent", "kube-proxy", "vpc-cni"])
    error_message = "Only DaemonSets come before nodes: a Deployment would wait for them."
  }

  assert {
    condition     = length(setsubtract(["coredns", "aws-ebs-csi-driver", "metrics-server"], keys(aws_eks_addon.after_nodes))) == 0
    error_message = "Names, volumes and the figures that autoscaling needs."
  }

  assert {
    condition     = data.aws_iam_policy_document.secrets.statement[0].resources == toset([var.key_arn]) && contains(data.aws_iam_policy_document.secrets.statement[0].actions, "kms:Encrypt")
    error_message = "The control plane may use this key and no other."
  }

  assert {
    condition     = alltrue([for trust in [data.aws_iam_policy_document.pod, data.aws_iam_policy_document.node, data.aws_iam_policy_document.control_plane] : length(trust.statement) == 1])
    error_message = "Each kind of role trusts one service."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.pod.statement[0].principals).identifiers == toset(["pods.eks.amazonaws.com"]) && data.aws_iam_policy_document.pod.statement[0].actions == toset(["sts:AssumeRole", "sts:TagSession"])
    error_message = "Pod Identity assumes and tags."
  }

  assert {
    condition     = contains(aws_eks_cluster.this.enabled_cluster_log_types, "audit") && aws_cloudwatch_log_group.control_plane.kms_key_id == var.key_arn
    error_message = "The audit log is kept, encrypted."
  }
}

run "the_autoscaler_changes_this_cluster_alone" {
  command = plan

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.autoscaler.statement :
      one(statement.condition).variable == "autoscaling:ResourceTag/kubernetes.io/cluster/bandstand" && one(statement.condition).values == tolist(["owned"])
      if anytrue([for action in statement.actions : !can(regex(":(Describe|Get)", action))])
    ])
    error_message = "What changes something is bound to the cluster's own groups."
  }

  assert {
    condition     = anytrue([for statement in data.aws_iam_policy_document.autoscaler.statement : contains(statement.actions, "autoscaling:SetDesiredCapacity")])
    error_message = "It may add nodes."
  }

  assert {
    condition     = aws_eks_pod_identity_association.autoscaler.namespace == "cluster-autoscaler" && aws_eks_pod_identity_association.autoscaler.service_account == "cluster-autoscaler"
    error_message = "Module platform installs it there."
  }
}

run "one_that_comes_and_goes_can_be_deleted" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = !aws_eks_cluster.this.deletion_protection
    error_message = "Staging can be destroyed."
  }
}

run "nodes_may_be_of_either_architecture" {
  command = plan

  variables {
    architecture = "amd64"
  }

  assert {
    condition     = aws_eks_node_group.this.ami_type == "BOTTLEROCKET_x86_64" && alltrue([for type in aws_eks_node_group.this.instance_types : !can(regex("[0-9]g", type))])
    error_message = "Image and machines are of one architecture."
  }
}

run "arm_is_the_default" {
  command = plan

  assert {
    condition     = aws_eks_node_group.this.ami_type == "BOTTLEROCKET_ARM_64" && alltrue([for type in aws_eks_node_group.this.instance_types : can(regex("[0-9]g", type))])
    error_message = "Image and machines are of one architecture."
  }
}

run "machines_of_the_other_architecture_are_refused" {
  command = plan

  variables {
    node_types = ["m8g.large", "m7i.large"]
  }

  expect_failures = [aws_eks_node_group.this]
}

run "so_are_arm_machines_for_amd64" {
  command = plan

  variables {
    architecture = "amd64"
    node_types   = ["c7gn.large"]
  }

  expect_failures = [aws_eks_node_group.this]
}

run "named_addresses_may_reach_it" {
  command = plan

  variables {
    api_access_cidrs = ["192.0.2.0/24"]
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["192.0.2.0/24"])
    error_message = "Only these."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    name                    = "Cluster"
    subnet_ids              = ["subnet-1"]
    api_access_cidrs        = ["0.0.0.0/0"]
    kubernetes_version      = "1.29"
    architecture            = "riscv64"
    node_count              = { min = 1, max = 1 }
    administrator_role_arns = {}
  }

  expect_failures = [var.name, var.subnet_ids, var.api_access_cidrs, var.kubernetes_version, var.architecture, var.node_count, var.administrator_role_arns]
}
