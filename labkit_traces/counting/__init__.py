"""From spans to sums and tasks: what counts, so that nothing counts twice and nothing unseen counts as nothing."""
