"""The Tasks API over HTTP."""
