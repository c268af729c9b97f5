output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Subnets of nodes and pods, one per zone."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "data_subnet_ids" {
  description = "Subnets of databases, one per zone, without a way to the internet."
  value       = [for zone in var.zones : aws_subnet.data[zone].id]
}

output "data_cidrs" {
  description = "Addresses of the data subnets, for the chart's NetworkPolicies."
  value       = [for zone in var.zones : aws_subnet.data[zone].cidr_block]
}

output "nat_addresses" {
  description = "Addresses that the outside sees."
  value       = [for address in aws_eip.nat : address.public_ip]
}
