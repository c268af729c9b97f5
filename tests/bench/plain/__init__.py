"""The same views on plain Django, as a peer: no tenancy at all, one schema given by the connection string."""
