output "state_bucket" {
  description = "Goes into each environment's state.config."
  value       = aws_s3_bucket.state.id
}

output "state_key_arn" {
  description = "The same."
  value       = aws_kms_key.state.arn
}

output "workflow_role_arns" {
  description = "Roles for CI, by environment."
  value       = { for environment, role in aws_iam_role.workflow : environment => role.arn }
}
