"""A learner's own copies of the exercises, and the answers saved in them."""
