"""The guarded HTTP client for URLs that people type, protected against server-side request forgery."""
