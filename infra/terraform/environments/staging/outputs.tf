output "name_servers" {
  description = "Put these into the parent domain as NS records."
  value       = module.installation.name_servers
}

output "cluster_name" {
  description = "For aws eks update-kubeconfig."
  value       = module.installation.cluster.name
}

output "database_host" {
  description = "PostgreSQL's host."
  value       = module.installation.database_host
}

output "administrator_secret_arn" {
  description = "Where PostgreSQL's administrator has its password, for creating the two roles once."
  value       = module.installation.administrator_secret_arn
}

output "role_passwords" {
  description = "Passwords of the two roles."
  value       = module.installation.role_passwords
  sensitive   = true
}
