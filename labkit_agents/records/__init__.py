"""What a run leaves behind: calls, traces, and the figures measured from them."""
