"""Pages for students and teachers, and tables for learning platforms."""
