"""Values → text, one module for each audience."""
