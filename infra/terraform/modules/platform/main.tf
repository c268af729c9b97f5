# What stands on the cluster: add-ons, Bandstand's namespace with its bounds, and the chart.

locals {
  # What each add-on has to know of this installation; an add-on's own values come after these.
  known = {
    cluster-autoscaler = {
      autoDiscovery = { clusterName = var.cluster_name }
      awsRegion     = var.region
      rbac          = { serviceAccount = { name = "cluster-autoscaler" } } # as Pod Identity knows it
    }

    # A network load balancer hands on what it gets, and "Local" keeps nodes from putting their own address in: HAProxy sees the
    # client's, and is the one proxy that web trusts. One on each node, so that each node that is asked has one.
    haproxy = {
      controller = {
        kind = "DaemonSet"
        service = {
          type                  = "LoadBalancer"
          externalTrafficPolicy = "Local"
          enablePorts           = { quic = false, stat = false, admin = false } # its figures aren't the internet's
          annotations = {
            "service.beta.kubernetes.io/aws-load-balancer-type"                              = "nlb"
            "service.beta.kubernetes.io/aws-load-balancer-cross-zone-load-balancing-enabled" = "true"
          }
        }
      }
    }
  }
}

resource "helm_release" "addon" {
  for_each = var.addons

  name             = each.key
  namespace        = each.key
  create_namespace = true
  repository       = each.value.repository
  chart            = each.value.chart
  version          = each.value.version
  values           = compact([try(yamlencode(local.known[each.key]), ""), each.value.values])
  atomic           = true
  timeout          = 600
}

resource "kubernetes_namespace_v1" "this" {
  metadata {
    name = var.namespace

    labels = {
      for mode in ["enforce", "audit", "warn"] : "pod-security.kubernetes.io/${mode}" => "restricted"
    }
  }
}

resource "kubernetes_resource_quota_v1" "this" {
  metadata {
    name      = "bounds"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
  }

  spec {
    hard = {
      "requests.cpu"           = var.quota.cpu
      "requests.memory"        = var.quota.memory
      "pods"                   = var.quota.pods
      "services.loadbalancers" = "0"
      "services.nodeports"     = "0"
    }
  }
}

resource "kubernetes_limit_range_v1" "this" {
  metadata {
    name      = "defaults"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
  }

  spec {
    limit {
      type            = "Container"
      default         = { cpu = "1", memory = "512Mi" }
      default_request = { cpu = "100m", memory = "128Mi" }
    }
  }
}

# The issuer and the secret store are custom resources: a chart of our own makes them once their add-ons are there.
resource "helm_release" "parts" {
  name      = "bandstand-parts"
  namespace = kubernetes_namespace_v1.this.metadata[0].name
  chart     = "${path.module}/parts"
  values    = [yamlencode({ host = var.host, region = var.region, issuerEmail = var.issuer_email })]
  atomic    = true

  depends_on = [helm_release.addon]
}

locals {
  data_peers = [for cidr in var.data_cidrs : { ipBlock = { cidr = cidr } }]
}

resource "helm_release" "bandstand" {
  name      = "bandstand"
  namespace = kubernetes_namespace_v1.this.metadata[0].name
  chart     = var.chart
  version   = var.chart_version
  timeout   = 1800
  wait      = false # the first migration follows the installation, because the release itself brings the Secret

  values = compact([yamlencode({
    publicUrl = "https://${var.host}"
    images = {
      registry     = var.images.registry
      tag          = var.images.tag
      webDigest    = var.images.web_digest
      workerDigest = var.images.worker_digest
    }
    externalSecrets = { enabled = true, storeRef = { name = "bandstand" }, remoteKey = var.secret_name }
    secrets         = { keys = { pageCacheUrl = "page-cache-url", backupKey = var.backups_location == "" ? "" : "backup-key" } }
    objectStorage   = { region = var.region }
    media           = { location = var.media_location }
    backups         = { enabled = var.backups_location != "", location = var.backups_location }
    web             = { autoscaling = { enabled = true, minReplicas = var.web_replicas.min, maxReplicas = var.web_replicas.max } }
    settings        = { trustedProxies = 1 } # HAProxy; the load balancer in front of it adds no header
    ingress         = { enabled = true, className = "haproxy", controller = "haproxy" }
    certificate     = { enabled = true, issuerRef = { name = "letsencrypt-dns" } }
    networkPolicy = {
      webFrom = [{ namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = "haproxy" } } }]
      egress = {
        database = { to = local.data_peers }
        redis    = { to = local.data_peers }
        # Pod Identity's agent on each node.
        credentials = { to = [{ ipBlock = { cidr = "169.254.170.23/32" } }] }
      }
    }
  }), var.chart_values])

  lifecycle {
    precondition {
      condition     = var.web_replicas.min <= var.web_replicas.max && var.web_replicas.max < tonumber(var.quota.pods)
      error_message = "The namespace's quota of ${var.quota.pods} pods is too small for ${var.web_replicas.max} web pods and what else runs."
    }
  }

  depends_on = [helm_release.parts]
}
