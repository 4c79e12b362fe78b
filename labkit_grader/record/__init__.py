"""The record of a class: results, grades, and their tables."""
