output "media_location" {
  description = "Where uploaded files go, as the chart's media.location."
  value       = "s3://${aws_s3_bucket.this["media"].id}"
}

output "media_arn" {
  description = "The bucket of uploaded files, for module backup."
  value       = aws_s3_bucket.this["media"].arn
}

output "backups_location" {
  description = "Where portals' backups go, as the chart's backups.location."
  value       = "s3://${aws_s3_bucket.this["backups"].id}/portals"
}

output "rights" {
  description = "Which buckets each of the chart's service accounts may use."
  value       = { for account, buckets in local.callers : account => tolist(buckets) }
}

output "replicas" {
  description = "Buckets in the other region, by what they are copies of."
  value       = { for name, days in local.days : name => aws_s3_bucket.this["${name}-replica"].id if var.replica != null }
}
