"""The daily digest: what happened in a portal since yesterday, by mail to those who look after it."""
