"""The database backend: django-tenants' PostgreSQL backend with a cheaper, thread-safe idea of "current tenant"."""
