"""The same views on django-tenants as it comes: its middleware, its backend, its settings' defaults."""
