"""The attacks that the wall must stop before anything is graded."""
