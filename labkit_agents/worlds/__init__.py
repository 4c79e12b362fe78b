"""Made worlds for a controller to be tried in: decisions, amounts, random tasks."""
