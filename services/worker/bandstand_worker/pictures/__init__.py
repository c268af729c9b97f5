"""Converts uploaded pictures into web formats; runs in a confined child process of the worker."""
