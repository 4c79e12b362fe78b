"""Free text, marked by people."""
