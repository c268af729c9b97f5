"""Publishes organizations' domains in a Kubernetes cluster by reconciling it with the table of verified domains."""
