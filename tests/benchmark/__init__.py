"""How long does a run take, and how does that compare? Run it: `python -m tests.benchmark`."""
