mock_provider "helm" {}

mock_provider "kubernetes" {}

variables {
  host           = "bands.example.org"
  region         = "eu-central-1"
  cluster_name   = "bandstand"
  chart          = "../../../../deploy/helm/bandstand"
  images         = { registry = "registry.example.org/bandstand", tag = "1.0.0" }
  secret_name    = "production/bandstand"
  media_location = "s3://bandstand-media-1"
  data_cidrs     = ["10.20.192.0/20", "10.20.208.0/20"]
  issuer_email   = "platform@example.org"
}

run "what_always_holds" {
  command = plan

  assert {
    condition     = kubernetes_namespace_v1.this.metadata[0].labels["pod-security.kubernetes.io/enforce"] == "restricted"
    error_message = "Pods that ask for more are refused."
  }

  assert {
    condition     = kubernetes_resource_quota_v1.this.spec[0].hard["services.loadbalancers"] == "0"
    error_message = "Nothing in the namespace opens a way in of its own."
  }

  assert {
    condition     = !strcontains(helm_release.bandstand.values[0], "://:") && yamldecode(helm_release.bandstand.values[0]).externalSecrets.enabled
    error_message = "Values name where secrets are, never what they are."
  }

  assert {
    condition     = tolist([for peer in yamldecode(helm_release.bandstand.values[0]).networkPolicy.egress.database.to : peer.ipBlock.cidr]) == var.data_cidrs
    error_message = "PostgreSQL is where the data subnets are."
  }

  assert {
    condition     = yamldecode(helm_release.bandstand.values[0]).media.location == var.media_location && !yamldecode(helm_release.bandstand.values[0]).backups.enabled
    error_message = "Files go to the bucket; without a key nothing is saved."
  }
}

run "visitors_addresses_arrive" {
  command = plan

  assert {
    condition     = yamldecode(helm_release.addon["haproxy"].values[0]).controller.service.externalTrafficPolicy == "Local" && yamldecode(helm_release.addon["haproxy"].values[0]).controller.service.annotations["service.beta.kubernetes.io/aws-load-balancer-type"] == "nlb"
    error_message = "Neither the load balancer nor a node puts its own address in place of the client's."
  }

  assert {
    condition     = yamldecode(helm_release.bandstand.values[0]).settings.trustedProxies == 1
    error_message = "HAProxy is the only one that adds to X-Forwarded-For."
  }

  assert {
    condition     = !anytrue([for port in ["stat", "admin"] : yamldecode(helm_release.addon["haproxy"].values[0]).controller.service.enablePorts[port]])
    error_message = "HAProxy's figures aren't on the internet."
  }
}

run "nodes_come_and_go" {
  command = plan

  assert {
    condition     = yamldecode(helm_release.addon["cluster-autoscaler"].values[0]).autoDiscovery.clusterName == var.cluster_name && yamldecode(helm_release.addon["cluster-autoscaler"].values[0]).rbac.serviceAccount.name == "cluster-autoscaler"
    error_message = "The autoscaler knows its cluster, and Pod Identity knows the autoscaler."
  }
}

run "the_products_values_can_be_set" {
  command = plan

  variables {
    chart_values = "settings: {mailsPerHour: 2000}"
  }

  assert {
    condition     = yamldecode(helm_release.bandstand.values[1]).settings.mailsPerHour == 2000
    error_message = "Values given come last, so that they win."
  }
}

run "more_web_pods_than_the_namespace_holds" {
  command = plan

  variables {
    web_replicas = { min = 3, max = 100 }
  }

  expect_failures = [helm_release.bandstand]
}

run "portals_are_saved_once_there_is_a_key" {
  command = plan

  variables {
    backups_location = "s3://bandstand-backups-1/portals"
  }

  assert {
    condition     = yamldecode(helm_release.bandstand.values[0]).backups.enabled && yamldecode(helm_release.bandstand.values[0]).secrets.keys.backupKey == "backup-key"
    error_message = "The chart saves them, with the key from the Secret."
  }
}

run "it_refuses_what_cannot_be_meant" {
  command = plan

  variables {
    addons         = { cert-manager = { repository = "https://charts.jetstack.io", chart = "cert-manager", version = "latest" } }
    images         = { registry = "registry.example.org/bandstand", web_digest = "sha256:abc" }
    data_cidrs     = ["0.0.0.0/0"]
    issuer_email   = "platform"
    media_location = "/var/lib/media"
    chart_values   = "- no mapping"
  }

  expect_failures = [var.addons, var.images, var.data_cidrs, var.issuer_email, var.media_location, var.chart_values]
}
