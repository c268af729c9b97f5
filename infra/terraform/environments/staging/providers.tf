provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "bandstand"
      Environment = "staging"
      ManagedBy   = "terraform"
    }
  }
}

locals {
  cluster = module.installation.cluster
  token = {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--cluster-name", local.cluster.name, "--region", var.region]
  }
}

provider "kubernetes" {
  host                   = local.cluster.endpoint
  cluster_ca_certificate = base64decode(local.cluster.certificate_authority)

  exec {
    api_version = local.token.api_version
    command     = local.token.command
    args        = local.token.args
  }
}

provider "helm" {
  kubernetes = {
    host                   = local.cluster.endpoint
    cluster_ca_certificate = base64decode(local.cluster.certificate_authority)
    exec                   = local.token
  }
}
