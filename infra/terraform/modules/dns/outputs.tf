output "zone_id" {
  description = "The zone."
  value       = aws_route53_zone.this.zone_id
}

output "name_servers" {
  description = "Put these into the parent domain as NS records."
  value       = aws_route53_zone.this.name_servers
}
