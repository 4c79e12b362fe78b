"""The same judge on Gradescope."""
