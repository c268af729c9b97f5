"""The least that can give out a kept page: an ASGI application that asks Redis on a thread."""
