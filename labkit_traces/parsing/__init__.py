"""From files to spans: documents, the tables of names that are the formats, and what a value means."""
