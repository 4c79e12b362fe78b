"""How long something works, for tests of how that grows."""

import gc
import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """The processor's seconds for it, without collections of garbage: they look at all that this process holds."""
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()
