"""What needs a running kernel: an ipywidgets box in a notebook, and a picture of it where there is none."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from .._live import next_id, still_html

VIEW = "application/vnd.jupyter.widget-view+json"


class KernelWidget:
    """Shows ``box``. Beside it stands how it was at first, and what to do: JupyterLab hides this while the box is
    there, and hides the box where its kernel is gone, which would be an error message.

    Attributes:
        name: what it is called in ``explorers``.
        run_me: what to do to have the controls.
        box: the controls, and the page that they lead to.
        page: what the controls lead to.
    """

    name: str
    run_me: str
    box: widgets.Box
    page: widgets.HTML

    def _redraw(self, _: Any = None) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.run_me

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        self._redraw()
        inside = f'<p class="note">{html.escape(self.run_me)}</p>\n{self.page.value}'
        return {"text/plain": self.run_me, "text/html": still_html(next_id(self.name), "cc-kernel", inside)}

    def _ipython_display_(self) -> None:
        display(self._repr_mimebundle_(), raw=True)
        shown = self.box._repr_mimebundle_()
        view = (shown[0] if isinstance(shown, tuple) else shown).get(VIEW)
        if view:
            display({VIEW: view}, raw=True)
