"""The wall: each attack, by a real child behind the real wall, is stopped; honest code works; half a wall is none."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import importlib
import json
import mmap
import os
import platform
import re
import resource
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from signal import alarm

import matplotlib.pyplot as plt
import numpy as np
import pytest
from usual_limits import above_what_is_mapped

from labkit_grader.wall import kernel, landlock, readable, seccomp, system_calls, wall
from labkit_grader.wall.wall import (
    Limits,
    WallError,
    can_stand,
    keep_only,
    raise_wall,
    readable_paths,
    shared_part,
    what_stands,
)

STANDS, WHY_NOT = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=f"no wall here: {WHY_NOT}")
needs_root = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can try this")
needs_intel = pytest.mark.skipif(platform.machine() != "x86_64", reason="made of x86-64 machine code")
NOBODY = 65534
FALLOCATE = {"x86_64": 285, "aarch64": 47}
Action = Callable[["Place"], object]


class Place:
    """A user's home with a secret, a folder that may be read, a ground with two children's scratch folders, and the
    process to be left alone."""

    def __init__(self, root: Path) -> None:
        self.home, self.ground, self.open = root / "home", root / "ground", root / "open"
        self.scratch, self.others = self.ground / "scratch", self.ground / "others"
        for folder in (self.home, self.ground, self.open, self.scratch, self.others):
            folder.mkdir()
        self.secret, self.book = self.home / "secret", self.open / "book"
        self.secret.write_text("secret")
        self.book.write_text("book")
        (self.others / "work").write_text("work")
        self.parent = os.getpid()
        self.port = 0

    def is_unharmed(self) -> bool:
        """Is everything outside the scratch folder as it was?"""
        listed = [sorted(os.listdir(folder)) for folder in (self.home, self.open, self.others, self.ground)]
        texts = [path.read_text() for path in (self.secret, self.book, self.others / "work")]
        mode = stat.S_IMODE(self.secret.stat().st_mode)
        expected = [["secret"], ["book"], ["work"], ["others", "scratch"]]
        return (listed, texts, mode) == (expected, ["secret", "book", "work"], 0o644)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path.resolve())
    found.secret.chmod(0o644)
    python_paths()  # so that no child has to find them again
    with socket.create_server(("127.0.0.1", 0)) as server:
        found.port = server.getsockname()[1]
        yield found


@functools.cache
def python_paths() -> tuple[Path, ...]:
    return tuple(readable_paths())


def fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def enter(place: Place, limits: Limits | None = None, way: str = "shared") -> str:
    """Raise the wall, with one ruleset or as a warm process does it: with one for all children, and the child's own."""
    readable = [*python_paths(), place.open]
    return raise_wall(
        place.scratch,
        readable if way == "alone" else shared_part(place.ground, readable),
        limits or above_what_is_mapped(),
    )


def in_a_child(work: Callable[[], object], status: list[int] | None = None) -> object:
    """What `work` returns in a forked child, or "ENAME" for an OSError, or the name and text of another error."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        try:
            keep_only([writing])
            answer = attempt(work)
            os.write(writing, json.dumps(answer, default=str).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        received = pipe.read()
    ended = os.waitpid(child, 0)[1]
    if status is not None:
        status.append(ended)
    return json.loads(received) if received else None


def attempt(work: Callable[[], object]) -> object:
    try:
        return work()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, repr(error))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def behind(
    place: Place,
    action: Action,
    limits: Limits | None = None,
    status: list[int] | None = None,
    way: str = "shared",
) -> object:
    """What an action comes to behind the wall."""

    def work() -> object:
        enter(place, limits, way)
        return action(place)

    return in_a_child(work, status)


def raw(number: int, *arguments: int) -> int:
    """A system call, with Python's error if it fails."""
    words = [ctypes.c_long(value) for value in arguments]
    return library("syscall", ctypes.c_long(number), *words)


def library(name: str, *arguments: object) -> int:
    result: int = getattr(kernel.library(), name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def read_bytes(name: str, length: int) -> bytes:
    with open(name, "rb") as file:
        return file.read(length)


def fork_and_wait() -> str:
    child = fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "forked"


def open_for(path: Path, flags: int) -> str:
    os.close(os.open(path, flags))
    return "opened"


def from_a_thread(work: Callable[[], object]) -> object:
    told: list[object] = []
    thread = threading.Thread(target=lambda: told.append(attempt(work)))
    thread.start()
    thread.join()
    return told[0]


def connect(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        return "connected"


def make_socket(family: int, kind: int = socket.SOCK_STREAM) -> str:
    socket.socket(family, kind).close()
    return "made"


def make_pair() -> str:
    for end in socket.socketpair():
        end.close()
    return "made"


def take_room(path: Path) -> int:
    with open(path, "wb") as file:  # FALLOC_FL_KEEP_SIZE
        return raw(FALLOCATE[platform.machine()], file.fileno(), 1, 0, 2**26)


def move_out(at: Place, to: Path) -> str:
    (at.scratch / "made").mkdir()
    os.rename(at.scratch / "made", to)
    return "moved"


def write_and_delete(path: Path) -> str:
    path.write_text("x")
    path.unlink()
    return "deleted"


# Attacks that work without a wall, for root and for anybody else; a test below shows that they do.
ATTACKS: dict[str, tuple[Action, str]] = {
    "read a file": (lambda at: at.secret.read_text(), "EACCES"),
    "read a file by way of ..": (lambda at: Path("../../home/secret").read_text(), "EACCES"),
    "read a file from a thread": (lambda at: from_a_thread(at.secret.read_text), "EACCES"),
    "read the list of users": (lambda at: Path("/etc/passwd").read_text(), "EACCES"),
    "read the project's README": (lambda at: (readable.ROOT / "README.md").read_text(), "EACCES"),
    "read labkit": (lambda at: Path(wall.__file__).read_text(), "EACCES"),
    "list a folder": (lambda at: os.listdir(at.home), "EACCES"),
    "list the root": (lambda at: os.listdir("/"), "EACCES"),
    "list labkit": (lambda at: os.listdir(readable.ROOT / "labkit"), "EACCES"),
    "list the folder of the scratch folder": (lambda at: os.listdir(at.scratch.parent), "EACCES"),
    "make a file beside the scratch folder": (lambda at: (at.ground / "new").write_text("x"), "EACCES"),
    "make a folder beside the scratch folder": (lambda at: Path("../new").mkdir(), "EACCES"),
    "move the scratch folder away": (lambda at: os.rename(at.scratch, at.ground / "new"), "EACCES"),
    "list another's scratch folder": (lambda at: os.listdir(at.others), "EACCES"),
    "read in another's scratch folder": (lambda at: (at.others / "work").read_text(), "EACCES"),
    "overwrite in another's scratch folder": (lambda at: (at.others / "work").write_text("x"), "EACCES"),
    "write in another's scratch folder": (lambda at: (at.others / "new").write_text("x"), "EACCES"),
    "delete in another's scratch folder": (lambda at: (at.others / "work").unlink(), "EACCES"),
    "move something out of the scratch folder": (lambda at: move_out(at, at.ground / "new"), "EACCES"),
    "move something to another's": (lambda at: move_out(at, at.others / "new"), "EACCES"),
    "list processes": (lambda at: os.listdir("/proc"), "EACCES"),
    "read the parent's environment": (lambda at: len(Path(f"/proc/{at.parent}/environ").read_bytes()), "EACCES"),
    "read the parent's memory map": (lambda at: len(Path(f"/proc/{at.parent}/maps").read_bytes()), "EACCES"),
    "open the parent's memory": (lambda at: open_for(Path(f"/proc/{at.parent}/mem"), os.O_RDONLY), "EACCES"),
    "list the parent's descriptors": (lambda at: os.listdir(f"/proc/{at.parent}/fd"), "EACCES"),
    "read the own command line": (lambda at: len(Path("/proc/self/cmdline").read_bytes()), "EACCES"),
    "write a new file": (lambda at: (at.home / "new").write_text("x"), "EACCES"),
    "write a new file in /tmp": (lambda at: tempfile.TemporaryFile(dir="/tmp").close(), "EACCES"),
    "overwrite a file": (lambda at: at.secret.write_text("x"), "EACCES"),
    "overwrite a readable file": (lambda at: at.book.write_text("x"), "EACCES"),
    "write beside a readable file": (lambda at: (at.open / "new").write_text("x"), "EACCES"),
    "empty a readable file": (lambda at: open_for(at.book, os.O_RDONLY | os.O_TRUNC), "EACCES"),
    "empty a file by path": (lambda at: os.truncate(at.secret, 0), "ENOSYS"),
    "delete a file": (lambda at: at.secret.unlink(), "EACCES"),
    "delete a readable file": (lambda at: at.book.unlink(), "EACCES"),
    "make a folder": (lambda at: (at.home / "new").mkdir(), "EACCES"),
    "move a file into the scratch folder": (lambda at: os.rename(at.secret, at.scratch / "mine"), "EACCES"),
    "move a readable file into it": (lambda at: os.rename(at.book, at.scratch / "mine"), "EACCES"),
    "link a readable file into it": (lambda at: os.link(at.book, at.scratch / "mine"), "ENOSYS"),
    "link out of the scratch folder": (lambda at: os.symlink(at.secret, at.scratch / "mine"), "ENOSYS"),
    "write a file that is nowhere": (lambda at: open_for(at.scratch, os.O_RDWR | os.O_TMPFILE), "ENOTSUP|EOPNOTSUPP"),
    "share memory of no file": (lambda at: mmap.mmap(-1, mmap.PAGESIZE), "EPERM"),
    "take exercise without a length": (lambda at: take_room(at.scratch / "file"), "ENOSYS"),
    "delete where it cannot be bounded": (lambda at: write_and_delete(at.scratch / "file"), "EACCES"),
    "make a named pipe": (lambda at: os.mkfifo(at.scratch / "pipe"), "ENOSYS"),
    "change the mode of a file": (lambda at: at.secret.chmod(0o666), "ENOSYS"),
    "change the mode of an open file": (lambda at: os.fchmod(os.open(at.book, os.O_RDONLY), 0o666), "ENOSYS"),
    "change the times of a file": (lambda at: os.utime(at.secret, (1, 1)), "ENOSYS"),
    "change the owner of a file": (lambda at: os.chown(at.secret, os.getuid(), os.getgid()), "ENOSYS"),
    "lock a readable file": (lambda at: fcntl.flock(os.open(at.book, os.O_RDONLY), fcntl.LOCK_EX), "ENOSYS"),
    "fork": (lambda at: fork_and_wait(), "EPERM"),
    "fork from a thread": (lambda at: from_a_thread(fork_and_wait), "EPERM"),
    "run a program": (lambda at: subprocess.run([sys.executable, "-c", ""], check=True).returncode, "EPERM|ENOSYS"),
    "spawn a program": (lambda at: os.posix_spawn(sys.executable, ["python", "-c", ""], {}), "EPERM|ENOSYS"),
    "connect to a port": (lambda at: connect(at.port), "ENOSYS"),
    "make an internet socket": (lambda at: make_socket(socket.AF_INET), "ENOSYS"),
    "make a datagram socket": (lambda at: make_socket(socket.AF_INET, socket.SOCK_DGRAM), "ENOSYS"),
    "make a unix socket": (lambda at: make_socket(socket.AF_UNIX), "ENOSYS"),
    "make a netlink socket": (lambda at: make_socket(16, socket.SOCK_RAW), "ENOSYS"),
    "make a pair of sockets": (lambda at: make_pair(), "ENOSYS"),
    "signal the parent": (lambda at: os.kill(at.parent, signal.SIGURG), "ENOSYS"),
    "signal a group": (lambda at: os.killpg(os.getpgrp(), signal.SIGURG), "ENOSYS"),
    "signal a thread of the parent's": (
        lambda at: raw(number_of("tgkill"), at.parent, at.parent, signal.SIGURG),
        "EPERM",
    ),
    "have the kernel signal the parent": (lambda at: fcntl.fcntl(1, fcntl.F_SETOWN, at.parent), "EPERM"),
    "outlive the parent": (lambda at: library("prctl", kernel.PR_SET_PDEATHSIG, 0, 0, 0, 0), "EPERM"),
    "become dumpable": (lambda at: library("prctl", kernel.PR_SET_DUMPABLE, 1, 0, 0, 0), "EPERM"),
    "slow the parent down": (lambda at: os.setpriority(os.PRIO_PROCESS, at.parent, 1), "ENOSYS"),
    "move the parent to one core": (lambda at: os.sched_setaffinity(at.parent, {0}), "ENOSYS"),
    "leave the group": (lambda at: os.setpgid(0, 0), "ENOSYS"),
    "set a limit": (lambda at: library("setrlimit", resource.RLIMIT_CORE, bytes(16)), "EPERM"),
    "hold memory that no limit counts": (lambda at: os.memfd_create("x"), "ENOSYS"),
    "watch a folder": (lambda at: library("inotify_init1", 0), "ENOSYS"),
    "read another's attributes": (lambda at: os.listxattr(at.secret), "ENOSYS"),
}
HARMING = ("slow the parent down", "move the parent to one core", "signal a group")  # not tried without a wall


def number_of(name: str) -> int:
    return system_calls.number(name, platform.machine())


# The grader's children share a part of the wall; a wall that is raised alone is the same but for who made its rules.
both_ways = pytest.mark.parametrize("way", ["shared", pytest.param("alone", marks=pytest.mark.slow)])


@needs_wall
@both_ways
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_stopped(name: str, way: str, place: Place) -> None:
    action, expected = ATTACKS[name]
    assert behind(place, action, way=way) in expected.split("|")
    assert place.is_unharmed()


@needs_wall
@pytest.mark.parametrize("name", [name for name in ATTACKS if name not in HARMING])
def test_without_the_wall_it_is_not(name: str, place: Place) -> None:
    action, _ = ATTACKS[name]

    def work() -> object:
        os.chdir(place.scratch)
        return action(place)

    assert not re.match("E[A-Z]+$|[A-Za-z]*Error", str(in_a_child(work)))


# name: number on x86-64, number on aarch64
NEVER: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None),
    "vfork": (58, None),
    "clone3": (435, 435),
    "execve": (59, 221),
    "execveat": (322, 281),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "timer_create": (222, 107),
    "io_setup": (206, 0),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "chroot": (161, 51),
    "pivot_root": (155, 41),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "personality": (135, 92),
    "seccomp": (317, 277),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "capset": (126, 91),
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setresuid": (117, 147),
    "setfsuid": (122, 151),
    "setgroups": (116, 159),
    "setrlimit": (160, 164),
    "setsid": (112, 157),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "clock_settime": (227, 112),
    "settimeofday": (164, 170),
    "adjtimex": (159, 171),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    "sethostname": (170, 161),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "mknodat": (259, 33),
    "linkat": (265, 37),
    "symlinkat": (266, 36),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "fchownat": (260, 54),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "getxattr": (191, 8),
    "truncate": (76, 45),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "splice": (275, 76),
    "vmsplice": (278, 75),
    "mlock": (149, 228),
    "mbind": (237, 235),
    "move_pages": (279, 239),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "lookup_dcookie": (212, 18),
    "a call of the year 2040": (999, 999),
}


@needs_wall
def test_system_calls_that_are_not_on_the_list_do_not_exist(place: Place) -> None:
    column = 0 if platform.machine() == "x86_64" else 1
    here = {name: numbers[column] for name, numbers in NEVER.items() if numbers[column] is not None}
    answers = behind(place, lambda at: {name: attempt(lambda n=number: raw(n)) for name, number in here.items()})
    assert answers == dict.fromkeys(here, "ENOSYS")


@needs_wall
@needs_root
def test_forks_are_stopped_for_root_whom_the_limit_on_processes_does_not_bind(place: Place) -> None:
    def limit_only() -> object:
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        return fork_and_wait()

    def every_way(at: Place) -> object:
        ways = [fork_and_wait, lambda: raw(number_of("clone"), signal.SIGCHLD), lambda: raw(435)]
        return [os.geteuid(), *map(attempt, ways)]

    assert in_a_child(limit_only) == "forked"
    assert behind(place, every_way) == [0, "EPERM", "EPERM", "ENOSYS"]


@needs_wall
def test_a_call_of_the_32_bit_abi_with_64_bit_registers_kills(place: Place) -> None:
    status: list[int] = []
    assert behind(place, lambda at: raw(seccomp.X32_BIT | 39), status=status) is None
    assert os.WIFSIGNALED(status[0])
    assert os.WTERMSIG(status[0]) == signal.SIGSYS


@needs_wall
@needs_intel
def test_a_call_of_the_old_32_bit_gate_kills(place: Place) -> None:
    def gate(at: Place) -> object:
        every = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        code = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, every)
        code.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
        return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()

    status: list[int] = []
    assert behind(place, gate, status=status) is None
    assert os.WIFSIGNALED(status[0])
    assert os.WTERMSIG(status[0]) in (signal.SIGSYS, signal.SIGSEGV)  # SIGSEGV: a kernel without the gate


@needs_wall
def test_the_parent_hears_no_signal(place: Place) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
    try:
        ways = (
            lambda at: os.kill(at.parent, signal.SIGUSR1),
            lambda at: os.kill(-1, 0),
            lambda at: signal.pidfd_send_signal(0, signal.SIGUSR1),
            lambda at: raw(number_of("tgkill"), at.parent, at.parent, signal.SIGUSR1),
        )
        assert [behind(place, way) for way in ways] == ["ENOSYS", "ENOSYS", "ENOSYS", "EPERM"]
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard == []


# Honest things


def draw(at: Place) -> object:
    figure, axes = plt.subplots()
    axes.plot([1, 2], label=r"$\alpha$ and more")
    axes.legend()
    for kind in ("png", "svg", "pdf"):
        figure.savefig(f"picture.{kind}")
    return Path("picture.png").read_bytes()[:4] == b"\x89PNG"


def import_again(at: Place) -> object:
    for name in ("wave", "sqlite3", "_sqlite3", "_elementtree"):
        sys.modules.pop(name, None)
    return [importlib.import_module(name).__name__ for name in ("wave", "_elementtree")]


def work_with_files(at: Place) -> object:
    """What needs no deleting; see test_scratch.py for that."""
    Path("folder").mkdir()
    Path("a").write_text("text")
    with open("folder/b", "w+b") as file, open("a", "r+", encoding="utf-8") as text:
        np.save(file, np.ones(3))
        text.truncate(2)
    assert Path("a").read_text() == "te"
    Path("empty").mkdir()
    Path("empty").rmdir()
    return sorted(os.listdir())


HONEST: dict[str, tuple[Action, object]] = {
    "numpy": (lambda at: float((np.ones((600, 600)) @ np.ones((600, 600)))[0, 0]), 600.0),
    "linear algebra": (lambda at: float(np.linalg.det(np.eye(300))), 1.0),
    "a generator of numpy's": (lambda at: np.random.default_rng().random(3).shape, [3]),
    "chance": (lambda at: [len(os.urandom(8)), len(read_bytes("/dev/urandom", 8))], [8, 8]),
    "a thread": (lambda at: from_a_thread(lambda: "ran"), "ran"),
    "twenty threads": (lambda at: [from_a_thread(lambda: 1) for _ in range(20)], [1] * 20),
    "matplotlib": (draw, True),
    "imports": (import_again, ["wave", "_elementtree"]),
    "files": (work_with_files, ["a", "folder"]),
    "reading what may be read": (lambda at: [at.book.read_text(), os.listdir(at.open)], ["book", ["book"]]),
    "sleep": (lambda at: time.sleep(0.001), None),
    "the clock": (lambda at: time.localtime().tm_year > 2000 and time.process_time() > 0, True),
    "who am I": (lambda at: os.getpid() != at.parent == os.getppid(), True),
    "an alarm": (lambda at: (alarm(5), alarm(0))[1] > 0, True),
    "a signal to oneself": (lambda at: signal.raise_signal(signal.SIGURG), None),
    "throwing away": (lambda at: Path(os.devnull).write_text("x"), 1),
    "printing": (lambda at: os.write(1, b"x"), 1),
    "a gigabyte": (lambda at: len(bytes(2**30)), 2**30),
    "number of cores": (lambda at: (os.cpu_count() or 0) >= 1, True),
    "names of threads": (lambda at: library("prctl", kernel.PR_SET_NAME, b"me", 0, 0, 0), 0),
    "own limits": (lambda at: resource.getrlimit(resource.RLIMIT_CORE), [0, 0]),
    "is it a terminal": (lambda at: [os.isatty(number) for number in (0, 1, 2)], [False] * 3),
}


@needs_wall
@both_ways
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_thing_works(name: str, way: str, place: Place) -> None:
    action, expected = HONEST[name]
    assert behind(place, action, way=way) == expected


# The part that all children share


def opened(path: str) -> list[object]:
    """What comes of opening a path to read, to write and to list it; an open that goes through harms nothing."""
    ways = [attempt(lambda way=way: open_for(Path(path), way | os.O_NONBLOCK)) for way in (os.O_RDONLY, os.O_WRONLY)]
    return [*ways, attempt(lambda: len(os.listdir(path)) >= 0)]


def around_what_may_be_read(place: Place) -> list[str]:
    """All that may be read, the folders above it and what lies in those, and the ground with all that lies in it."""
    above = {parent for path in python_paths() for parent in path.parents}
    beside = {each for folder in above for each in folder.iterdir() if each.is_dir() or each.is_file()}
    lower = {each for path in python_paths() if path.is_dir() for each in list(path.iterdir())[:3]}
    own = {
        place.ground.parent,
        place.ground,
        *place.ground.rglob("*"),
        *place.home.rglob("*"),
        *place.open.rglob("*"),
        Path(os.devnull),
    }
    return sorted(map(str, {*python_paths(), *above, *beside, *lower, *own}))


@needs_wall
def test_both_layers_together_allow_what_one_ruleset_allows_and_nothing_else(place: Place) -> None:
    (place.scratch / "mine").write_text("mine")
    paths = around_what_may_be_read(place)
    assert len(paths) > len(python_paths())
    told = place.scratch / "mine"

    def work(at: Place) -> object:
        told.write_text(json.dumps([opened(path) for path in paths]))
        return "told"

    found = []
    for way in ("alone", "shared"):
        assert behind(place, work, way=way) == "told"
        found.append(dict(zip(paths, json.loads(told.read_text()), strict=True)))
    alone, outcomes = ({path: each[path] for path in paths if Path(path).exists()} for each in found)
    assert alone == outcomes
    assert outcomes[str(place.others / "work")] == ["EACCES", "EACCES", "ENOTDIR"]
    assert outcomes[str(place.ground)] == outcomes[str(place.others)] == ["EACCES", "EISDIR", "EACCES"]
    assert outcomes[str(told)][:2] == outcomes[os.devnull][:2] == ["opened", "opened"]
    assert outcomes[str(place.book)][:2] == ["opened", "EACCES"]


@needs_wall
def test_the_shared_ruleset_is_closed_and_no_rule_can_be_added(place: Place) -> None:
    def work() -> object:
        pipes = [number for number in wall.open_descriptors() if number > 2]
        shared = shared_part(place.ground, python_paths())
        keep_only([*pipes, shared.ruleset])
        raise_wall(place.scratch, shared, above_what_is_mapped())
        numbers = (kernel.NR_LANDLOCK_ADD_RULE, kernel.NR_LANDLOCK_RESTRICT_SELF)
        answers = [attempt(lambda n=number: raw(n, shared.ruleset, 1, 0, 0)) for number in numbers]
        there = [number for number in range(64) if attempt(lambda n=number: os.fstat(n).st_mode > 0) is True]
        return [there == [0, 1, 2, *pipes], attempt(lambda: os.fstat(shared.ruleset)), answers]

    assert in_a_child(work) == [True, "EBADF", ["ENOSYS", "ENOSYS"]]


@needs_wall
def test_the_shared_part_serves_child_after_child(place: Place) -> None:
    """As in a warm process: made once, before any fork. What one child puts on itself binds no other."""
    shared = shared_part(place.ground, [*python_paths(), place.open])
    try:
        for scratch, another in ((place.scratch, place.others), (place.others, place.scratch)) * 2:
            reading, writing = os.pipe()
            child = fork()
            if child == 0:
                try:
                    keep_only([writing, shared.ruleset])
                    raise_wall(scratch, shared, above_what_is_mapped())
                    Path("made").mkdir()
                    Path("made").rmdir()
                    said = [place.book.read_text(), attempt(lambda: os.listdir(another))]  # noqa: B023
                    os.write(writing, json.dumps(said).encode())
                finally:
                    os._exit(0)
            os.close(writing)
            with os.fdopen(reading, "rb") as pipe:
                assert json.loads(pipe.read()) == ["book", "EACCES"]
            os.waitpid(child, 0)
        assert place.is_unharmed()
    finally:
        os.close(shared.ruleset)


@needs_wall
def test_the_shared_part_refuses_what_would_become_writable_or_is_not_there(place: Place) -> None:
    link = place.open / "link"
    link.symlink_to(place.others)
    for paths in ([place.others], [place.ground], [link], [place.home / "nothing"]):
        with pytest.raises(WallError):
            shared_part(place.ground, paths)


@needs_wall
def test_a_ground_by_another_name_is_not_opened_from_above(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "real/ground").mkdir(parents=True)
    (root / "real/book").touch()
    (root / "link").symlink_to(root / "real")
    shared = landlock.share(root / "link/ground", [root / "real/book", root / "link/book"])
    os.close(shared.ruleset)
    assert shared.tops == [root / "real/book"]


@pytest.mark.parametrize(
    ("ground", "readable", "expected"),
    [
        ("/tmp/judge/scratch", ["/usr/lib/a", "/usr/lib/b", "/etc/fonts"], ["/etc", "/usr"]),
        ("/tmp/judge/scratch", ["/tmp/judge/private/labkit", "/tmp/other/x/y"], ["/tmp/judge/private", "/tmp/other"]),
        ("/usr/tmp/scratch", ["/usr/lib/a", "/usr/tmp/file"], ["/usr/lib", "/usr/tmp/file"]),
        ("/tmp/ground", [os.devnull, "/dev/zero"], ["/dev", os.devnull]),
        ("/tmp/scratch", ["/tmp/scratched/x"], ["/tmp/scratched"]),
    ],
)
def test_a_few_folders_hold_all_that_may_be_read(ground: str, readable: list[str], expected: list[str]) -> None:
    assert landlock.tops(Path(ground), map(Path, readable)) == [Path(path) for path in expected]


@needs_wall
def test_abort_ends_the_child_as_it_should(place: Place) -> None:
    status: list[int] = []
    behind(place, lambda at: os.abort(), status=status)
    assert os.WTERMSIG(status[0]) == signal.SIGABRT
    assert not os.WCOREDUMP(status[0])


# Limits


@needs_wall
def test_memory_is_capped_in_one_piece_and_in_many(place: Place) -> None:
    def many(at: Place) -> object:
        held = []
        while len(held) < 100:
            held.append(bytes(64 * 2**20))
        return "held"

    assert behind(place, lambda at: len(bytes(3 * 2**30))) == "MemoryError: "
    assert behind(place, many) == "MemoryError: "
    assert behind(place, lambda at: from_a_thread(lambda: many(at))) == "MemoryError: "


@needs_wall
def test_a_file_is_capped_and_so_is_their_number(place: Place) -> None:
    limits = replace(above_what_is_mapped(), file_bytes=2**16, open_files=20)

    def open_many(at: Place) -> object:
        held: list[int] = []
        while attempt(lambda: held.append(os.open(os.devnull, os.O_RDONLY))) is None:
            pass
        return len(held) < 20

    assert behind(place, lambda at: Path("big").write_bytes(bytes(2**16 + 1)), limits) == "EFBIG"
    assert behind(place, lambda at: Path("fits").write_bytes(bytes(2**16)), limits) == 2**16
    assert behind(place, open_many, limits) is True


@needs_wall
def test_cpu_time_is_capped_for_who_ignores_the_warning(place: Place) -> None:
    def never_end(at: Place) -> object:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        while True:
            pass

    status: list[int] = []
    assert behind(place, never_end, replace(above_what_is_mapped(), cpu_sec=1), status) is None
    assert os.WTERMSIG(status[0]) == signal.SIGKILL


@needs_wall
def test_the_kernel_confirms_what_was_set(place: Place) -> None:
    limits = above_what_is_mapped()
    told, telling = os.pipe()
    holding, hold = os.pipe()
    child = fork()
    if child == 0:
        keep_only([telling, holding])
        enter(place, limits)
        os.write(telling, b"up")
        os.close(telling)
        os.read(holding, 1)
        os._exit(0)
    os.close(telling)
    os.close(holding)
    assert os.read(told, 2) == b"up"
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{child}/status").read_text().splitlines() if ":\t" in line
    )
    set_limits = Path(f"/proc/{child}/limits").read_text()
    os.close(hold)
    os.close(told)
    os.waitpid(child, 0)
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"], status["Threads"]) == ("1", "2", "1")
    memory = limits.memory_bytes
    for limit, value in (("core file size", 0), ("address space", memory), ("open files", 64), ("locked memory", 0)):
        assert re.search(rf"Max {limit}\s+{value}\s+{value}\s", set_limits)


@needs_wall
@pytest.mark.parametrize("owner", [None, pytest.param(NOBODY, marks=needs_root)])
def test_a_child_dies_with_its_parent(place: Place, owner: int | None) -> None:
    if owner:
        os.chown(place.scratch, owner, owner)
    reading, writing = os.pipe()
    middle = fork()
    if middle == 0:
        if fork() == 0:
            keep_only([writing])
            enter(place)
            os.write(writing, b"up")
        signal.pause()
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 2) == b"up"
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    assert select.select([reading], [], [], 5)[0], "the child outlived its parent"
    assert os.read(reading, 1) == b""
    os.close(reading)


@needs_wall
@needs_root
def test_root_becomes_the_owner_of_the_scratch_folder(place: Place) -> None:
    os.chown(place.scratch, NOBODY, NOBODY)

    def look(at: Place) -> object:
        Path("mine").write_text("x")
        return [os.getresuid(), os.getresgid(), os.getgroups(), attempt(lambda: os.setuid(0))]

    assert behind(place, look) == [[NOBODY] * 3, [NOBODY] * 3, [], "ENOSYS"]
    assert (place.scratch / "mine").stat().st_uid == NOBODY


# Half a wall is none


class Broken:
    """The C library, with one thing that fails."""

    def __init__(self, fails: Callable[[str, list[object]], bool]) -> None:
        self.real, self.fails = kernel.library(), fails

    def __getattr__(self, name: str) -> Callable[..., int]:
        def call(*arguments: object) -> int:
            if self.fails(name, [getattr(argument, "value", argument) for argument in arguments]):
                ctypes.set_errno(errno.EPERM)
                return -1
            return int(getattr(self.real, name)(*arguments))

        return call


def fails_at(function: str, first: int, second: object = ...) -> Callable[[str, list[object]], bool]:
    def fails(name: str, values: list[object]) -> bool:
        return name == function and values[0] == first and (second is ... or values[1] is not second)

    return fails


def fails_at_last(number: int, times: int) -> Callable[[str, list[object]], bool]:
    """The calls of this number work, but for one."""
    made: list[str] = []

    def fails(name: str, values: list[object]) -> bool:
        made.extend([name] if name == "syscall" and values[0] == number else [])
        return name == "syscall" and values[0] == number and len(made) == times

    return fails


BROKEN: dict[str, tuple[Callable[[str, list[object]], bool], str]] = {
    "making the ruleset": (fails_at("syscall", kernel.NR_LANDLOCK_CREATE_RULESET, None), "making the Landlock ruleset"),
    "adding a rule": (fails_at("syscall", kernel.NR_LANDLOCK_ADD_RULE), "the Landlock rule for"),
    "enforcing it": (fails_at("syscall", kernel.NR_LANDLOCK_RESTRICT_SELF), "putting Landlock on"),
    "enforcing the shared part": (fails_at_last(kernel.NR_LANDLOCK_RESTRICT_SELF, 2), "putting Landlock on"),
    "asking for Landlock": (fails_at("syscall", kernel.NR_LANDLOCK_CREATE_RULESET), "has no Landlock"),
    "capabilities": (lambda name, values: name == "capset", "dropping capabilities"),
    "reading capabilities": (lambda name, values: name == "capget", "reading capabilities"),
    "no new privileges": (fails_at("prctl", kernel.PR_SET_NO_NEW_PRIVS), "PR_SET_NO_NEW_PRIVS"),
    "dying with the parent": (fails_at("prctl", kernel.PR_SET_PDEATHSIG), "PR_SET_PDEATHSIG"),
    "not dumpable": (fails_at("prctl", kernel.PR_SET_DUMPABLE), "PR_SET_DUMPABLE"),
    "the filter": (fails_at("prctl", kernel.PR_SET_SECCOMP), "putting seccomp on"),
}


@needs_wall
@pytest.mark.parametrize("name", BROKEN)
def test_a_wall_with_one_part_broken_is_refused(name: str, place: Place) -> None:
    fails, words = BROKEN[name]

    def work() -> object:
        broken = Broken(fails)
        kernel.library = lambda: broken  # type: ignore[assignment,return-value]
        return enter(place)

    answer = str(in_a_child(work))
    assert answer.startswith("WallError: ")
    assert words in answer


@needs_wall
@needs_root
def test_capabilities_that_stay_are_noticed(place: Place) -> None:
    class Deaf(Broken):
        def __getattr__(self, name: str) -> Callable[..., int]:
            return (lambda *arguments: 0) if name == "capset" else super().__getattr__(name)

    def work() -> object:
        deaf = Deaf(lambda name, values: False)
        kernel.library = lambda: deaf  # type: ignore[assignment,return-value]
        return enter(place)

    assert in_a_child(work) == "WallError: dropping capabilities failed: some are still there"


@needs_wall
@pytest.mark.parametrize("module", ["setrlimit", "chdir", "listdir"])
def test_a_wall_whose_python_call_fails_is_refused(module: str, place: Place) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(errno.EPERM, "no")

    def work() -> object:
        owner = resource if module == "setrlimit" else os
        setattr(owner, module, refuse)
        return enter(place)

    assert str(in_a_child(work)).startswith("WallError: the wall cannot be raised: ")


@needs_wall
def test_a_path_that_is_not_there_is_refused(place: Place) -> None:
    answer = in_a_child(lambda: raise_wall(place.scratch, [place.home / "nothing"], Limits()))
    assert str(answer).startswith("WallError: the wall cannot be raised: ")


@needs_wall
def test_a_second_thread_is_refused(place: Place) -> None:
    def work() -> object:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        return enter(place)

    assert in_a_child(work) == "WallError: this process has 2 threads; the wall can be raised around one only"


OPENERS: dict[str, Callable[[Place], int]] = {
    "a file": lambda at: os.open(at.secret, os.O_RDONLY),
    "a folder": lambda at: os.open(at.home, os.O_RDONLY),
    "a socket": lambda at: socket.socket().detach(),
    "a device": lambda at: os.open("/dev/zero", os.O_RDONLY),
    "a file as standard input": lambda at: os.dup2(os.open(at.secret, os.O_RDONLY), 0),
}


@needs_wall
@pytest.mark.parametrize("name", OPENERS)
def test_an_open_descriptor_is_refused(name: str, place: Place) -> None:
    def work() -> object:
        OPENERS[name](place)
        return enter(place)

    assert re.match(r"WallError: descriptor \d+ is still open: ", str(in_a_child(work)))


@needs_wall
def test_a_wrong_scratch_folder_is_refused(place: Place) -> None:
    link = place.home / "link"
    link.symlink_to(place.scratch)
    inside = place.open / "inside"
    inside.symlink_to(place.scratch)
    wrong: list[tuple[Path, list[Path]]] = [
        (link, []),
        (place.secret, []),
        (Path("."), []),
        (place.home / "nothing", []),
        (place.open, [place.open]),
        (place.open, [place.book]),
        (place.scratch, [inside]),
        (Path("/"), [place.book]),
    ]
    for scratch, paths in wrong:
        assert str(in_a_child(lambda at=scratch, also=paths: raise_wall(at, also, Limits()))).startswith("WallError: ")


def test_keep_only_closes_everything_else(place: Place) -> None:
    def work() -> object:
        pipes = [number for number in wall.open_descriptors() if number > 2]
        output = os.open(place.scratch / "output", os.O_WRONLY | os.O_CREAT)
        OPENERS["a file"](place)
        OPENERS["a socket"](place)
        keep_only(pipes, output)
        os.write(2, b"said")
        return [len(pipes), wall.open_descriptors() == [0, 1, 2, *pipes], os.read(0, 1).decode()]

    assert in_a_child(work) == [1, True, ""]
    assert (place.scratch / "output").read_text() == "said"
    with pytest.raises(WallError, match="cannot be descriptor"):
        keep_only([1])


# Where no wall can stand


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("win32", "AMD64"), ("linux", "riscv64")])
def test_on_an_unknown_platform_nothing_stands(system: str, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert what_stands() == {}
    assert can_stand() == (False, "the wall needs 64-bit Linux on x86_64 or aarch64")
    with pytest.raises(WallError, match="64-bit Linux"):
        raise_wall(Path("/nowhere"), [], Limits())


@needs_wall
@pytest.mark.parametrize(
    ("module", "name", "value", "words"),
    [
        (landlock, "version", lambda: 0, "no Landlock"),
        (landlock, "version", lambda: 2, "version 2; 3 (Linux 6.2) is needed"),
        (seccomp, "is_available", lambda: False, "no seccomp filters"),
        (wall, "THREADS", "/nowhere", "/proc is not there"),
    ],
)
def test_what_is_missing_is_named(
    module: object, name: str, value: object, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, value)
    stands, why = can_stand()
    assert not stands
    assert words in why
    with pytest.raises(WallError, match=re.escape(words)):
        raise_wall(Path("/nowhere"), [], Limits())


@needs_wall
def test_what_stands_is_named() -> None:
    version = landlock.version()
    assert what_stands() == {"landlock": f"abi {version}", "seccomp": "filter", "rlimits": "yes"}
    assert can_stand() == (True, "landlock, seccomp, limits")


@pytest.mark.parametrize(
    ("version", "rights", "network", "scoped"),
    [(3, 0x7FFF, 0, 0), (4, 0x7FFF, 3, 0), (5, 0xFFFF, 3, 0), (6, 0xFFFF, 3, 3), (7, 0xFFFF, 3, 3), (99, 0xFFFF, 3, 3)],
)
def test_all_that_a_version_of_landlock_can_deny_is_denied(
    version: int, rights: int, network: int, scoped: int
) -> None:
    found = landlock.handled(version)
    assert (found.handled_access_fs, found.handled_access_net, found.scoped) == (rights, network, scoped)


def test_importing_the_wall_brings_in_nothing_else() -> None:
    code = "import sys; old = {*sys.modules}; import labkit_grader.self_test.self_test; print(*{*sys.modules} - old)"
    brought = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "labkit_grader.wall.wall" in brought
    assert not [name for name in brought if re.match(r"numpy|matplotlib|labkit(_agents|_workbook)?(\.|$)", name)]


# What may be read


def test_no_readable_path_opens_labkit_or_the_repository() -> None:
    for path in python_paths():
        assert path == path.resolve()
        for package in (readable.ROOT / name for name in readable.PACKAGES):
            assert path not in package.parents
            assert package not in (path, *path.parents)
        assert not re.match(r"labkit|counting_calls|__editable__", path.name)
        assert path.suffix != ".pth"
    home = [path for path in python_paths() if Path.home().resolve() in (path, *path.parents)]
    prefixes = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    assert all(any(path.is_relative_to(prefix) for prefix in prefixes) or "site-packages" in str(path) for path in home)


def test_paths_go_around_what_is_hidden(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    for name in ("lib/python/site/numpy/core", "lib/python/site/labkit/questions", "lib/python/json", "lib/fonts"):
        (root / name).mkdir(parents=True)
    site = root / "lib/python/site"
    (site / "project.pth").write_text("/somewhere")
    (site / "six.py").write_text("")
    (site / "out").symlink_to("/")
    (site / "alias").symlink_to(site / "labkit")
    (site / "round").symlink_to(site)
    (site / "broken").symlink_to(site / "nothing")
    hidden = [site / "labkit", site / "project.pth"]
    found = readable.around(hidden, [root / "lib", root / "absent", site / "labkit_workbook/questions"])
    assert [str(path.relative_to(root)) for path in found] == [
        "lib/fonts",
        "lib/python/json",
        "lib/python/site/numpy",
        "lib/python/site/six.py",
    ]


def test_a_repository_is_hidden_but_for_a_virtual_environment_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path.resolve()
    for name in ("labkit", "solutions", ".venv/lib/site-packages"):
        (root / name).mkdir(parents=True)
    monkeypatch.setattr(readable, "ROOT", root)
    assert readable.project_entries([root / ".venv/lib/site-packages"]) == {root / "labkit", root / "solutions"}
    assert readable.project_entries([root]) == {root / name for name in readable.PACKAGES}


# The filter, run by hand


def judge(machine: str, number: int, *arguments: int, architecture: int | None = None, process: int = 4242) -> int:
    """What the filter answers, found by following it instruction by instruction."""
    words = {seccomp.NUMBER: number, seccomp.ARCHITECTURE: architecture or system_calls.AUDIT_ARCH[machine]}
    for place in range(6):
        value = arguments[place] if place < len(arguments) else 0
        words[16 + 8 * place], words[20 + 8 * place] = value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF
    program, at, loaded = filter_of(machine, process), 0, 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == seccomp.RETURN:
            return operand
        if code == seccomp.LOAD:
            loaded = words[operand]
        else:
            holds = {
                seccomp.JUMP_EQUAL: loaded == operand,
                seccomp.JUMP_AT_LEAST: loaded >= operand,
                seccomp.JUMP_ANY_BIT: loaded & operand != 0,
            }
            at += if_true if holds[code] else if_false


@functools.cache
def filter_of(machine: str, process: int) -> list[seccomp.Instruction]:
    return seccomp.program(machine, process)


def refusal(error: int) -> int:
    return seccomp.RET_ERRNO | error


ALLOW, KILL, NO_SUCH_CALL = seccomp.RET_ALLOW, seccomp.RET_KILL_PROCESS, refusal(errno.ENOSYS)
both_machines = pytest.mark.parametrize("machine", kernel.MACHINES)


@both_machines
def test_the_filter_says_no_to_every_number_that_is_not_on_the_list(machine: str) -> None:
    column = kernel.MACHINES.index(machine) + 1
    listed = {call[column] for call in system_calls.ALLOWED}
    by_argument = {call[column] for call in system_calls.BY_ARGUMENT}
    for number in range(1000):
        if number not in by_argument:
            assert judge(machine, number) == (ALLOW if number in listed else NO_SUCH_CALL)
    never = {numbers[column - 1] for numbers in NEVER.values()} - {None}
    assert not never & (listed | by_argument)


def test_the_filter_knows_a_few_numbers_by_heart() -> None:
    allowed = {"read": 0, "write": 1, "mmap": 9, "futex": 202, "openat": 257, "exit_group": 231, "getrandom": 318}
    allowed["open"] = 2
    denied = {"fork": 57, "vfork": 58, "execve": 59, "kill": 62, "socket": 41, "ptrace": 101, "clone3": 435}
    assert {judge("x86_64", number) for number in allowed.values()} == {ALLOW}
    assert {judge("x86_64", number) for number in denied.values()} == {NO_SUCH_CALL}
    arm = {"read": 63, "write": 64, "mmap": 222, "futex": 98, "openat": 56, "exit_group": 94, "getrandom": 278}
    not_on_arm = {"execve": 221, "kill": 129, "socket": 198, "ptrace": 117, "clone3": 435}
    assert {judge("aarch64", number) for number in arm.values()} == {ALLOW}
    assert {judge("aarch64", number) for number in not_on_arm.values()} == {NO_SUCH_CALL}


@both_machines
def test_the_filter_kills_on_another_architecture_and_on_x32(machine: str) -> None:
    for architecture in (0x40000003, 0x40000028, *set(system_calls.AUDIT_ARCH.values())):  # i386, arm
        if architecture != system_calls.AUDIT_ARCH[machine]:
            assert {judge(machine, number, architecture=architecture) for number in range(500)} == {KILL}
    assert {judge(machine, seccomp.X32_BIT | number) for number in range(1000)} == {KILL}
    assert judge(machine, 0xFFFFFFFF) == KILL


@both_machines
@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("clone", (0x3D0F00,), ALLOW),
        ("clone", (0x7D0F00,), ALLOW),
        ("clone", (0,), refusal(errno.EPERM)),
        ("clone", (signal.SIGCHLD,), refusal(errno.EPERM)),
        ("clone", (0x1200000 | signal.SIGCHLD,), refusal(errno.EPERM)),  # how the C library forks
        ("clone", (0x4100 | signal.SIGCHLD,), refusal(errno.EPERM)),  # CLONE_VM | CLONE_VFORK
        ("clone", (0x3D0F00 | 0x10000000,), refusal(errno.EPERM)),  # CLONE_NEWUSER
        ("clone", (0x3D0F00 & ~0x10000,), refusal(errno.EPERM)),  # without CLONE_THREAD
        ("clone", (0x3D0F00 | signal.SIGKILL,), refusal(errno.EPERM)),
        ("tgkill", (4242, 4243, 6), ALLOW),
        ("tgkill", (4241, 4241, 6), refusal(errno.EPERM)),
        ("tgkill", (2**64 - 1, 1, 6), refusal(errno.EPERM)),
        ("prlimit64", (0, 9, 0, 0x7FFF00000000), ALLOW),
        ("prlimit64", (4242, 9, 0, 1), ALLOW),
        ("prlimit64", (4241, 9, 0, 1), refusal(errno.EPERM)),
        ("prlimit64", (0, 9, 1, 0), refusal(errno.EPERM)),
        ("prlimit64", (0, 9, 0x7FFF00000000, 0), refusal(errno.EPERM)),
        ("prctl", (kernel.PR_SET_NAME,), ALLOW),
        ("prctl", (kernel.PR_SET_PDEATHSIG, 0), refusal(errno.EPERM)),
        ("prctl", (kernel.PR_SET_DUMPABLE, 1), refusal(errno.EPERM)),
        ("prctl", (kernel.PR_SET_SECCOMP, 2), refusal(errno.EPERM)),
        ("fcntl", (0, 3), ALLOW),
        ("fcntl", (0, 8), refusal(errno.EPERM)),  # F_SETOWN
        ("fcntl", (0, 10), refusal(errno.EPERM)),  # F_SETSIG
        ("fcntl", (0, 15), refusal(errno.EPERM)),  # F_SETOWN_EX
        ("fcntl", (0, 1024), refusal(errno.EPERM)),  # F_SETLEASE
        ("fcntl", (0, 1026), refusal(errno.EPERM)),  # F_NOTIFY
        ("ioctl", (0, 0x5451), ALLOW),
        ("ioctl", (0, 0x5401), refusal(errno.ENOTTY)),  # TCGETS
        ("ioctl", (0, 0x5412), refusal(errno.ENOTTY)),  # TIOCSTI
        ("ioctl", (0, 0x40086602), refusal(errno.ENOTTY)),  # FS_IOC_SETFLAGS
        ("openat", (3, 0x7FFF00000000, 0o2101102), ALLOW),
        ("openat", (3, 0x7FFF00000000, os.O_RDWR | 0o20200000), refusal(errno.EOPNOTSUPP)),  # O_TMPFILE
        ("mmap", (0, 4096, 3, 0x22, -1, 0), ALLOW),  # MAP_PRIVATE | MAP_ANONYMOUS
        ("mmap", (0, 4096, 3, 0x01, 5, 0), ALLOW),  # MAP_SHARED, of a file
        ("mmap", (0, 4096, 3, 0x21, -1, 0), refusal(errno.EPERM)),
        ("mmap", (0, 4096, 3, 0x8031, -1, 0), refusal(errno.EPERM)),
        ("seccomp", (1,), NO_SUCH_CALL),
    ],
)
def test_the_filter_looks_at_arguments(machine: str, name: str, arguments: tuple[int, ...], answer: int) -> None:
    assert judge(machine, system_calls.number(name, machine), *arguments) == answer


@both_machines
def test_the_filter_is_well_formed(machine: str) -> None:
    made = seccomp.program(machine, 1)
    assert len(made) < 4096  # BPF_MAXINSNS
    for at, (code, if_true, if_false, operand) in enumerate(made):
        assert 0 <= if_true < 256
        assert 0 <= if_false < 256
        assert 0 <= operand < 2**32
        assert at + 1 + max(if_true, if_false) < len(made) or code == seccomp.RETURN


@pytest.mark.parametrize(
    ("machine", "header"),
    [("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_those_of_the_kernels_header(machine: str, header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"{header} is not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text())
    numbers = {{"fstatat": "newfstatat"}.get(name, name): int(number) for name, number in found}
    column = kernel.MACHINES.index(machine) + 1
    for call in (*system_calls.ALLOWED, *system_calls.BY_ARGUMENT, system_calls.SECCOMP):
        assert numbers.get(call[0]) == call[column], call[0]
    for name, both in NEVER.items():
        if name in numbers:
            assert numbers[name] == both[column - 1], name
