"""Making the copy of the course that a class gets."""
