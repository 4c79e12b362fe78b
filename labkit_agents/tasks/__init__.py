"""Tasks with answers that can be checked: what is asked, how it is split, and what is right."""
