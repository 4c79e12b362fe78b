"""Pictures with units and alt text: ``style`` (colours, canvas), ``drawing`` (a workflow), ``plots`` (the rest)."""
