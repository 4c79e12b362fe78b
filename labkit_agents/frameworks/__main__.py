"""``python -m labkit_agents.frameworks NAME``: one condition in this process, as JSON; ``--record`` measures all."""

from .run import main

if __name__ == "__main__":
    raise SystemExit(main())
