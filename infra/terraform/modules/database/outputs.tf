output "host" {
  description = "Name of the server."
  value       = aws_db_instance.this.address
}

output "arn" {
  description = "The instance, for backups."
  value       = aws_db_instance.this.arn
}

output "administrator_url" {
  description = "For creating the two roles, once: docs/deploy-aws.md."
  value       = "postgresql://administrator:${random_password.administrator.result}@${aws_db_instance.this.address}:5432/bandstand?sslmode=require"
  sensitive   = true
}
