"""Lesson 12's agent: its sample trace, and a fit that was put to the test on it."""
