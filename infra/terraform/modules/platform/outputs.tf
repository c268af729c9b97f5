output "namespace" {
  description = "Where Bandstand runs."
  value       = kubernetes_namespace_v1.this.metadata[0].name
}
