"""The system calls by name and number: linux/asm/unistd_64.h for x86-64, asm-generic/unistd.h for aarch64.

`ALLOWED` is what a notebook with numpy, threads and matplotlib makes use of; None: aarch64 does not have that call.
Landlock governs whatever takes a path here, but for stat, access, readlink and chdir, which neither read nor change
a file.
"""

from __future__ import annotations

from collections.abc import Iterable

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # linux/audit.h: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64

Call = tuple[str, int | None, int | None]  # name, number on x86-64, number on aarch64

ALLOWED: tuple[Call, ...] = (
    # files and folders
    ("read", 0, 63),
    ("write", 1, 64),
    ("readv", 19, 65),
    ("writev", 20, 66),
    ("pread64", 17, 67),
    ("pwrite64", 18, 68),
    ("preadv", 295, 69),
    ("pwritev", 296, 70),
    ("preadv2", 327, 286),
    ("pwritev2", 328, 287),
    ("creat", 85, None),
    ("close", 3, 57),
    ("close_range", 436, 436),
    ("stat", 4, None),
    ("lstat", 6, None),
    ("fstat", 5, 80),
    ("newfstatat", 262, 79),
    ("statx", 332, 291),
    ("statfs", 137, 43),
    ("fstatfs", 138, 44),
    ("access", 21, None),
    ("faccessat", 269, 48),
    ("faccessat2", 439, 439),
    ("lseek", 8, 62),
    ("getdents", 78, None),
    ("getdents64", 217, 61),
    ("getcwd", 79, 17),
    ("chdir", 80, 49),
    ("fchdir", 81, 50),
    ("mkdir", 83, None),
    ("mkdirat", 258, 34),
    ("rmdir", 84, None),
    ("unlink", 87, None),
    ("unlinkat", 263, 35),
    ("rename", 82, None),
    ("renameat", 264, 38),
    ("renameat2", 316, 276),
    ("readlink", 89, None),
    ("readlinkat", 267, 78),
    ("ftruncate", 77, 46),
    ("fadvise64", 221, 223),
    ("fsync", 74, 82),
    ("fdatasync", 75, 83),
    ("sendfile", 40, 71),
    ("copy_file_range", 326, 285),
    ("umask", 95, 166),
    # pipes and waiting
    ("pipe", 22, None),
    ("pipe2", 293, 59),
    ("dup", 32, 23),
    ("dup2", 33, None),
    ("dup3", 292, 24),
    ("poll", 7, None),
    ("ppoll", 271, 73),
    ("select", 23, None),
    ("pselect6", 270, 72),
    ("epoll_create1", 291, 20),
    ("epoll_ctl", 233, 21),
    ("epoll_wait", 232, None),
    ("epoll_pwait", 281, 22),
    ("epoll_pwait2", 441, 441),
    ("eventfd2", 290, 19),
    # memory
    ("brk", 12, 214),
    ("munmap", 11, 215),
    ("mremap", 25, 216),
    ("mprotect", 10, 226),
    ("madvise", 28, 233),
    ("msync", 26, 227),
    # threads
    ("futex", 202, 98),
    ("set_robust_list", 273, 99),
    ("rseq", 334, 293),
    ("sched_yield", 24, 124),
    ("sched_getaffinity", 204, 123),
    ("sched_get_priority_max", 146, 125),
    ("sched_get_priority_min", 147, 126),
    ("getcpu", 309, 168),
    ("gettid", 186, 178),
    ("exit", 60, 93),
    ("exit_group", 231, 94),
    ("restart_syscall", 219, 128),
    # signals to oneself
    ("rt_sigaction", 13, 134),
    ("rt_sigprocmask", 14, 135),
    ("rt_sigreturn", 15, 139),
    ("rt_sigpending", 127, 136),
    ("rt_sigtimedwait", 128, 137),
    ("rt_sigsuspend", 130, 133),
    ("sigaltstack", 131, 132),
    ("pause", 34, None),
    ("alarm", 37, None),
    ("setitimer", 38, 103),
    ("getitimer", 36, 102),
    # clocks and chance
    ("time", 201, None),
    ("gettimeofday", 96, 169),
    ("clock_gettime", 228, 113),
    ("clock_getres", 229, 114),
    ("clock_nanosleep", 230, 115),
    ("nanosleep", 35, 101),
    ("getrandom", 318, 278),
    # who and where am I
    ("getpid", 39, 172),
    ("getppid", 110, 173),
    ("getpgrp", 111, None),
    ("getuid", 102, 174),
    ("geteuid", 107, 175),
    ("getgid", 104, 176),
    ("getegid", 108, 177),
    ("getresuid", 118, 148),
    ("getresgid", 120, 150),
    ("getgroups", 115, 158),
    ("getrlimit", 97, 163),
    ("getrusage", 98, 165),
    ("times", 100, 153),
    ("sysinfo", 99, 179),
    ("uname", 63, 160),
)

# Allowed for some arguments only; `seccomp` itself is here to be asked for, and is not allowed at all.
BY_ARGUMENT: tuple[Call, ...] = (
    ("open", 2, None),
    ("openat", 257, 56),
    ("mmap", 9, 222),
    ("clone", 56, 220),
    ("tgkill", 234, 131),
    ("prlimit64", 302, 261),
    ("prctl", 157, 167),
    ("fcntl", 72, 25),
    ("ioctl", 16, 29),
)
SECCOMP: Call = ("seccomp", 317, 277)


def numbers(calls: Iterable[Call], machine: str) -> list[int]:
    """The numbers on this machine of those calls that it has."""
    found = [on_intel if machine == "x86_64" else on_arm for _, on_intel, on_arm in calls]
    return [number for number in found if number is not None]


def numbers_of(name: str, machine: str) -> list[int]:
    """The number of a call that is allowed by argument; none, where the machine has no such call."""
    return numbers([call for call in BY_ARGUMENT if call[0] == name], machine)


def number(name: str, machine: str) -> int:
    """The number of a call that is allowed by argument, or of seccomp."""
    (found,) = numbers([call for call in (*BY_ARGUMENT, SECCOMP) if call[0] == name], machine)
    return found
