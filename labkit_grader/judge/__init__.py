"""The judge: it holds the key, and never imports a submission."""
