output "name" {
  description = "Path of the entry, for the chart's externalSecrets.remoteKey."
  value       = aws_secretsmanager_secret.this.name
}

output "role_passwords" {
  description = "Passwords of the two database roles, for creating them once."
  value       = { for role, password in random_password.role : role => password.result }
  sensitive   = true
}
