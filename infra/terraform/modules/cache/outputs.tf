output "url" {
  description = "REDIS_URL or PAGE_CACHE_URL, with TLS and the password."
  value       = "rediss://:${random_password.token.result}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379/0"
  sensitive   = true
}
