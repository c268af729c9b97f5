output "host" {
  description = "Name of the server."
  value       = aws_db_instance.this.address
}

output "arn" {
  description = "The instance, for backups."
  value       = aws_db_instance.this.arn
}

output "administrator_secret_arn" {
  description = "Entry in Secrets Manager with the administrator's user name and password, for creating the two roles once."
  value       = try(aws_db_instance.this.master_user_secret[0].secret_arn, null)
}
