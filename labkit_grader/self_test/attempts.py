"""What the self-test tries: things that must not be possible behind the wall, and honest things that must be.

The judge makes the place for it: a file of the user's, a port that listens. So what is missing there was hidden.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import mmap
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit_grader.wall import kernel, scratch

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
CLONE_NEWUSER = 0x10000000  # linux/sched.h
DELETED_BYTES = 4 * 2**20
PTRACE_SEIZE = 0x4206  # linux/ptrace.h; unlike PTRACE_ATTACH it does not stop the other process
NR_IO_URING_SETUP = 425  # the same on every machine


@dataclass(frozen=True)
class Place:
    """What the child has before it: a folder of the user's, a file in it, a port that listens, its parent, and the
    folder in which the packages of this project lie."""

    folder: Path
    secret: Path
    scratch: Path
    port: int
    parent: int
    memory_bytes: int
    root: Path
    namespaces: Sequence[str] = ()


def read_file(place: Place) -> object:
    return place.secret.read_text(encoding="utf-8")


def reading(name: str) -> Callable[[Place], object]:
    """What tries to read a file of this project's."""

    def read(place: Place) -> object:
        return (place.root / name).read_bytes()

    return read


def list_folder(place: Place) -> object:
    return os.listdir(place.folder)


def write_outside(place: Place) -> object:
    return (place.folder / "written").write_text("x", encoding="utf-8")


def write_beside(place: Place) -> object:
    return (place.scratch.parent / "written").write_text("x", encoding="utf-8")


def list_beside(place: Place) -> object:
    return os.listdir(place.scratch.parent)


def overwrite_file(place: Place) -> object:
    return place.secret.write_text("x", encoding="utf-8")


def change_mode(place: Place) -> None:
    place.secret.chmod(0o644)


def link_outside(place: Place) -> None:
    os.symlink(place.secret, place.scratch / "link")


def fork(place: Place) -> object:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)


def connect(place: Place) -> object:
    with socket.create_connection(("127.0.0.1", place.port), timeout=1):
        return "connected"


def socket_pair(place: Place) -> object:
    return socket.socketpair()


def hold_memory(place: Place) -> object:
    try:
        return len(bytes(place.memory_bytes))
    except MemoryError as error:
        raise PermissionError(errno.EPERM, "there is no more memory") from error


def hold_shared_memory(place: Place) -> object:
    """Pages that stay as long as one of them is mapped; the limit of memory counts what is mapped."""
    with mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS) as pages:
        return len(pages)


def hold_deleted_files(place: Place) -> object:
    """More than the scratch folder may hold, in files that nobody can find any more."""
    held: list[int] = []
    try:
        while len(held) * DELETED_BYTES <= scratch.MOST_BYTES:
            held.append(os.open(place.scratch / "deleted", os.O_RDWR | os.O_CREAT))
            os.unlink(place.scratch / "deleted")
            kernel.write_all(held[-1], bytes(DELETED_BYTES))
    except OSError as error:
        if error.errno == errno.ENOSPC and 2 * len(held) * DELETED_BYTES > scratch.MOST_BYTES:  # and no full disk
            raise PermissionError(errno.EPERM, "the scratch folder is full") from error
        raise
    finally:
        for descriptor in held:
            os.close(descriptor)
    return f"held {len(held)} files"


def signal_parent(place: Place) -> None:
    os.kill(place.parent, signal.SIGURG)  # a process that expects no SIGURG does not notice it


def read_environment(place: Place) -> object:
    return Path(f"/proc/{place.parent}/environ").read_bytes()


def trace_parent(place: Place) -> object:
    return _library_call("ptrace", PTRACE_SEIZE, place.parent, 0, 0)


def unshare(place: Place) -> object:
    return _library_call("unshare", CLONE_NEWUSER)


def io_uring(place: Place) -> object:
    parameters = ctypes.create_string_buffer(256)  # struct io_uring_params and more
    return _library_call("syscall", NR_IO_URING_SETUP, 1, ctypes.addressof(parameters))


def become_another_program(place: Place) -> object:
    return os.execv(sys.executable, [sys.executable, "-c", ""])


def find_file(place: Place) -> object:
    return place.secret.stat().st_size


def change_python(place: Place) -> None:
    os.close(os.open(os.__file__, os.O_RDWR))


def share_a_namespace(place: Place) -> object:
    own = own_namespaces()
    if not own or len(own) != len(place.namespaces):
        raise LookupError("the namespaces cannot be compared")
    shared = [name for name in own if name in place.namespaces]
    if not shared:
        raise PermissionError(errno.EPERM, "all namespaces are others")
    return shared


def own_namespaces() -> list[str]:
    """Which namespaces this process is in, where the system has any."""
    paths = [f"/proc/self/ns/{name}" for name in NAMESPACES]
    return [os.readlink(path) for path in paths if os.path.lexists(path)]


def _library_call(name: str, *arguments: int) -> int:
    """A call of the C library, with Python's error if it fails."""
    result: int = getattr(kernel.library(), name)(*map(ctypes.c_long, arguments))
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def start_thread(place: Place) -> object:
    told: list[str] = []
    thread = threading.Thread(target=told.append, args=("a thread ran",))
    thread.start()
    thread.join()
    return told[0]


def compute(place: Place) -> object:
    import numpy as np  # noqa: PLC0415

    square = np.random.default_rng().random((200, 200))
    return f"{float((square @ np.linalg.inv(square)).trace()):.0f}"


def draw(place: Place) -> object:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(1, 1), dpi=50)
    FigureCanvasAgg(figure)
    figure.add_subplot().set_title("text")
    figure.savefig(place.scratch / "figure.png")
    return (place.scratch / "figure.png").stat().st_size


def import_module(place: Place) -> object:
    sys.modules.pop("wave", None)
    return importlib.import_module("wave").__name__


OF_THE_PROJECT = {
    "read labkit": "labkit/__init__.py",
    "read labkit_agents": "labkit_agents/__init__.py",
    "read labkit_traces": "labkit_traces/__init__.py",
    "read labkit_workbook": "labkit_workbook/__init__.py",
    "read labkit_grader": "labkit_grader/__init__.py",
    "read the questions": "labkit_workbook/questions/graded/ticket_spend.py",
}
# The last attempt is the one that would leave nobody to report.
FORBIDDEN: dict[str, Callable[[Place], object]] = {
    "read a file of the user's": read_file,
    **{name: reading(path) for name, path in OF_THE_PROJECT.items()},
    "list a folder of the user's": list_folder,
    "write outside the scratch folder": write_outside,
    "write beside the scratch folder": write_beside,
    "list what lies beside the scratch folder": list_beside,
    "overwrite a file of the user's": overwrite_file,
    "change the mode of a file of the user's": change_mode,
    "make a link out of the scratch folder": link_outside,
    "fork": fork,
    "connect to a port": connect,
    "make a pair of sockets": socket_pair,
    "hold more memory than allowed": hold_memory,
    "hold memory that no limit counts": hold_shared_memory,
    "hold more than allowed in deleted files": hold_deleted_files,
    "signal the parent": signal_parent,
    "read the parent's environment": read_environment,
    "trace the parent": trace_parent,
    "enter a new namespace": unshare,
    "set up io_uring": io_uring,
    "become another program": become_another_program,
}
PAST_BUBBLEWRAP: dict[str, Callable[[Place], object]] = {
    "find a file of the user's past bubblewrap": find_file,
    "read a file of the user's past bubblewrap": read_file,
    "list a folder of the user's past bubblewrap": list_folder,
    "write outside the scratch folder past bubblewrap": write_outside,
    "change Python itself past bubblewrap": change_python,
    "connect to a port past bubblewrap": connect,
    "share a namespace with the judge past bubblewrap": share_a_namespace,
}
HONEST: dict[str, Callable[[Place], object]] = {
    "start a thread": start_thread,
    "compute with numpy": compute,
    "draw with matplotlib": draw,
    "import a module": import_module,
}
