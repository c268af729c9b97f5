output "name_servers" {
  description = "Put these into the parent domain as NS records."
  value       = module.dns.name_servers
}

output "cluster" {
  description = "How to reach the API server."
  value = {
    name                  = module.cluster.name
    endpoint              = module.cluster.endpoint
    certificate_authority = module.cluster.certificate_authority
  }
}

output "database_host" {
  description = "PostgreSQL's host."
  value       = module.database.host
}

output "administrator_secret_arn" {
  description = "Where PostgreSQL's administrator has its password, for creating the two roles once."
  value       = module.database.administrator_secret_arn
}

output "role_passwords" {
  description = "Passwords of the two roles."
  value       = module.secrets.role_passwords
  sensitive   = true
}
