"""How dates are written where Django's own way would mislead. Source: Django, FORMAT_MODULE_PATH."""
