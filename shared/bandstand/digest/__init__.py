"""The daily digest: what happened in a portal since yesterday, mailed to its owners and managers."""
