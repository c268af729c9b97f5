output "state_bucket" {
  description = "Goes into each environment's state.config."
  value       = aws_s3_bucket.state["state"].id
}

output "state_key_arn" {
  description = "The same."
  value       = aws_kms_key.state["state"].arn
}

output "workflow_role_arns" {
  description = "Roles for CI, by environment."
  value       = { for environment, role in aws_iam_role.workflow : environment => role.arn }
}

output "state_replica" {
  description = "Bucket and key of the states' copy, for state.config once the region is lost; null without one."
  value       = var.replica_region == "" ? null : { bucket = aws_s3_bucket.state["replica"].id, kms_key_id = aws_kms_key.state["replica"].arn, region = var.replica_region }
}
