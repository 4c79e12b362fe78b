"""From what was handed in to one notebook a student and exercise."""
