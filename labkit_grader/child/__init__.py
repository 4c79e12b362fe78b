"""What runs beside a stranger's code: it knows no question, no answer and no key."""
