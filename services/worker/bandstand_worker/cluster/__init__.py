"""Publishing organizations' domains in a Kubernetes cluster: making it match the table of proven domains."""
