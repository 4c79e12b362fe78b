"""What needs a running kernel: an ipywidgets box in a notebook, and a sentence where there is none."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets


class KernelWidget:
    """Shows ``box`` as it stands, or ``run_me`` where no kernel can draw it."""

    run_me: str
    box: widgets.Box

    def _redraw(self, _: Any = None) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.run_me

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        self._redraw()
        bundle = self.box._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": self.run_me}, metadata
