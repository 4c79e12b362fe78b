"""The whole distribution of a task's seconds and dollars: worked out from list to list, or on a grid, not drawn."""
