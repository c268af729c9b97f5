"""Date formats where Django's defaults would be misleading. Source: Django, FORMAT_MODULE_PATH."""
