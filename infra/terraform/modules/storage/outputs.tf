output "file_system_id" {
  description = "The file system of uploaded files, for a StorageClass of the EFS driver."
  value       = aws_efs_file_system.media.id
}

output "file_system_arn" {
  description = "The same, for backups."
  value       = aws_efs_file_system.media.arn
}

output "dumps_bucket" {
  description = "Where dumps go."
  value       = aws_s3_bucket.dumps.id
}
