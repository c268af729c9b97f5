output "name_servers" {
  description = "Put these into the parent domain as NS records."
  value       = module.installation.name_servers
}

output "cluster_name" {
  description = "For aws eks update-kubeconfig."
  value       = module.installation.cluster.name
}

output "administrator_url" {
  description = "PostgreSQL as its administrator, for creating the two roles once."
  value       = module.installation.administrator_url
  sensitive   = true
}

output "role_passwords" {
  description = "Passwords of the two roles."
  value       = module.installation.role_passwords
  sensitive   = true
}
