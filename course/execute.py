"""Execute a notebook and keep its outputs, cleaned of everything that differs from run to run."""

from __future__ import annotations

import copy
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from rules import PREDICT

from labkit._html import NEUTRAL

CELL_TIMEOUT = 1_200  # seconds; far more than any cell needs on a busy machine

_PROGRESS = re.compile(r"^(run|simulate): [\d,]+ of [\d,]+ .*\n?", re.MULTILINE)
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class ExecutionFailed(Exception):
    """A cell of a notebook could not be executed, or its output cannot be kept."""

    def __init__(self, cell_id: str, text: str) -> None:
        super().__init__(text)
        self.cell_id = cell_id


def execute(notebook: NotebookNode, folder: Path, root: Path) -> NotebookNode:
    """Return a copy of the notebook with the outputs that it gives when it runs in `folder`.

    Only outputs and execution counts are taken over, so the metadata stays as derived.
    """
    done = copy.deepcopy(notebook)
    ran = _run(notebook, folder)
    for cell, ran_cell in zip(done.cells, ran.cells, strict=True):
        if cell.cell_type == "code":
            cell.execution_count = ran_cell.execution_count
            cell.outputs = clean_outputs(ran_cell.outputs)
            refuse_machine_paths(cell, root)
            if PREDICT in cell.metadata.get("tags", []):
                refuse_telling_first_line(cell)
    return done


def _run(notebook: NotebookNode, folder: Path) -> NotebookNode:
    ran = copy.deepcopy(notebook)
    client = NotebookClient(
        ran,
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel():
        for index, cell in enumerate(ran.cells):
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as error:
                raise ExecutionFailed(cell.id, f"{error.ename}: {error.evalue}") from error
            except CellTimeoutError as error:
                raise ExecutionFailed(cell.id, f"it was still running after {CELL_TIMEOUT} s") from error
            except DeadKernelError as error:
                raise ExecutionFailed(cell.id, "the kernel died") from error
    return ran


def clean_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Merge streams that follow each other; drop timings, progress on a slow machine and links to widgets now gone."""
    cleaned: list[NotebookNode] = []
    for output in copy.deepcopy(outputs):
        if output.output_type == "stream" and output.name == "stderr":
            output.text = _PROGRESS.sub("", output.text)
            if not output.text:
                continue
        previous = cleaned[-1] if cleaned else None
        if previous and _same_stream(previous, output):
            previous.text += output.text
            continue
        if output.get("data", {}).pop(_WIDGET_VIEW, None) and not output.data:
            continue
        output.get("metadata", {}).pop("execution", None)
        cleaned.append(output)
    return cleaned


def _same_stream(first: NotebookNode, second: NotebookNode) -> bool:
    both_streams = first.output_type == second.output_type == "stream"
    return both_streams and first.name == second.name


def refuse_telling_first_line(cell: NotebookNode) -> None:
    """While a result is closed JupyterLab shows the first line of its first output, which may not tell it."""
    for output in cell.outputs[:1]:
        data = output.get("data", {})
        shown = data.get("text/html") or data.get("text/plain") or output.get("text", "")
        first = next((line for line in shown.split("\n") if line.strip()), "")
        if first != NEUTRAL.strip() and any(sign.isdigit() for sign in first):
            text = f"its first line `{first[:60]}` tells the result while it is closed"
            raise ExecutionFailed(cell.id, f"{text}; begin with a heading without numbers")


def refuse_machine_paths(cell: NotebookNode, root: Path) -> None:
    for output in cell.outputs:
        for text in _texts(output):
            for path in _machine_paths(root):
                if path in text:
                    raise ExecutionFailed(cell.id, f"its output holds the path `{path}` of this machine")


def _machine_paths(root: Path) -> list[str]:
    """Return the starts of paths that mean nothing on another machine."""
    home = Path.home()
    folders = [root, root.resolve(), home, home.resolve()]
    paths = {str(folder) for folder in folders if folder != Path(folder.anchor)}
    if root.is_relative_to(home) and root != home:
        paths.add(f"~/{root.relative_to(home).as_posix()}")
    # Warnings name the file that the kernel keeps for a cell.
    paths.add(str(Path(tempfile.gettempdir()) / "ipykernel_"))
    return sorted(paths, key=len, reverse=True)


def _texts(output: NotebookNode) -> Iterator[str]:
    """Give every text in an output; pictures other than SVG are left out, their letters mean nothing."""
    yield output.get("text", "")
    yield "\n".join(output.get("traceback", []))
    for mime, value in output.get("data", {}).items():
        if not mime.startswith("image/") or mime == "image/svg+xml":
            yield value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
