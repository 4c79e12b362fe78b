"""The commands of a teacher: ``labkit grade`` and its neighbours."""
