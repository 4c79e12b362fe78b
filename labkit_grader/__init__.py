"""The judge: it grades a class of notebooks by strangers, and executes none of them itself."""
