"""Workers: how one sum gets its answer. They nest."""
