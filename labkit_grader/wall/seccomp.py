"""The seccomp filter: which system calls the child may make. See seccomp(2) and linux/filter.h.

It is a list of what is *allowed*. A list of what is denied is out of date with every kernel: io_uring and the new
mount calls were once numbers nobody had heard of. What keeps honest code alive with a list of what is allowed is the
answer to everything else: ENOSYS, "this kernel has no such call". The C library and Python try the older call then,
as they do on an older kernel, so a newer C library does not break on a number that this list does not know.

Some calls are allowed for some arguments only, and say EPERM (ioctl: ENOTTY, open: EOPNOTSUPP) for others:
- open, openat: no O_TMPFILE, a file that is nowhere to be seen. openat2 has its flags in memory, and is not listed.
- clone: exactly the flags of pthread_create, so threads but neither processes nor namespaces. clone3 passes its flags
  in memory, where a filter cannot look; it is not on the list, and the C library turns to clone.
- tgkill: to the own process only, for abort() and for signals to one's own threads.
- prlimit64: reading the own limits only.
- prctl: the names of threads only.
- fcntl: descriptors, flags and locks only. F_SETOWN could have the kernel send SIGIO to somebody else.
- mmap: no memory that is shared and of no file. It is held as long as one page of it is mapped, and RLIMIT_AS counts
  that page alone.
- ioctl: close-on-exec and blocking only. None of the child's descriptors is a terminal, so ENOTTY is the right answer.

Not on the list because Landlock does not look at them: chmod, chown, utime, extended attributes, truncate by path,
inotify, fanotify. Not on the list because the memory they take is not counted by RLIMIT_AS: memfd_create, shmget.
Not on the list because RLIMIT_FSIZE does not look at it: fallocate, which can take a disk for a file of no length.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from labkit_grader.wall import kernel, system_calls

# linux/seccomp.h
MODE_FILTER = 2  # SECCOMP_MODE_FILTER
GET_ACTION_AVAIL = 2  # SECCOMP_GET_ACTION_AVAIL
RET_KILL_PROCESS = 0x80000000  # SECCOMP_RET_KILL_PROCESS
RET_ERRNO = 0x00050000  # SECCOMP_RET_ERRNO, or-ed with the error
RET_ALLOW = 0x7FFF0000  # SECCOMP_RET_ALLOW

# linux/bpf_common.h
LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS: the 32-bit word at an offset of struct seccomp_data
JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
JUMP_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
JUMP_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
RETURN = 0x06  # BPF_RET | BPF_K

# struct seccomp_data: int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6]
NUMBER = 0
ARCHITECTURE = 4
X32_BIT = 0x40000000  # __X32_SYSCALL_BIT; no call of another machine has so high a number

# What pthread_create asks of clone (linux/sched.h): CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD
# | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID. musl adds CLONE_DETACHED, an empty word.
GLIBC_THREAD = 0x003D0F00
MUSL_THREAD = 0x007D0F00

# asm-generic/fcntl.h and linux/fcntl.h: F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
# F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_DUPFD_CLOEXEC, F_GETPIPE_SZ
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20  # asm-generic/mman-common.h, linux/mman.h
TMPFILE = 0x400000  # __O_TMPFILE, the same on both machines (asm-generic/fcntl.h)
IOCTL_REQUESTS = (0x5421, 0x5450, 0x5451)  # asm-generic/ioctls.h: FIONBIO, FIONCLEX, FIOCLEX

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand: struct sock_filter


@dataclass(frozen=True)
class Rule:
    """A call that is allowed if every check holds. A check: a word's offset, and the values that it may have.

    Or, in `without`: a word's offset, and bits none of which it may have; in `not_both`: two that it may not have both.
    """

    name: str
    checks: tuple[tuple[int, tuple[int, ...]], ...]
    error: int = errno.EPERM
    without: tuple[tuple[int, int], ...] = ()
    not_both: tuple[tuple[int, int, int], ...] = ()


def low(argument: int) -> int:
    """Offset of the low half of an argument; both machines are little-endian. All the kernel reads of an `int`."""
    return 16 + 8 * argument


def high(argument: int) -> int:
    """Offset of the high half of an argument, which matters for pointers."""
    return low(argument) + 4


def rules(process: int) -> tuple[Rule, ...]:
    """The calls that depend on their arguments, for the process with this id."""
    return (
        Rule("open", (), errno.EOPNOTSUPP, ((low(1), TMPFILE),)),
        Rule("openat", (), errno.EOPNOTSUPP, ((low(2), TMPFILE),)),
        Rule("mmap", (), not_both=((low(3), MAP_SHARED, MAP_ANONYMOUS),)),
        Rule("clone", ((low(0), (GLIBC_THREAD, MUSL_THREAD)),)),
        Rule("tgkill", ((low(0), (process,)),)),
        Rule("prlimit64", ((low(0), (0, process)), (low(2), (0,)), (high(2), (0,)))),
        Rule("prctl", ((low(0), (kernel.PR_SET_NAME, kernel.PR_GET_NAME)),)),
        Rule("fcntl", ((low(1), FCNTL_COMMANDS),)),
        Rule("ioctl", ((low(1), IOCTL_REQUESTS),), errno.ENOTTY),
    )


def program(machine: str, process: int) -> list[Instruction]:
    """The whole filter, to be read from the top. Every block for a call ends in a return, so blocks do not touch."""
    made: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, system_calls.AUDIT_ARCH[machine]),
        (RETURN, 0, 0, RET_KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
        (JUMP_AT_LEAST, 0, 1, X32_BIT),
        (RETURN, 0, 0, RET_KILL_PROCESS),
    ]
    for number in system_calls.numbers(system_calls.ALLOWED, machine):
        made += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, RET_ALLOW)]
    for rule in rules(process):
        block = _block(rule)
        for number in system_calls.numbers_of(rule.name, machine):
            made += [(JUMP_EQUAL, 0, len(block), number), *block]
    return [*made, (RETURN, 0, 0, RET_ERRNO | errno.ENOSYS)]


def _block(rule: Rule) -> list[Instruction]:
    """The checks of one call: a value that is in the list jumps over the rest of its check, its error included."""
    block: list[Instruction] = []
    for offset, values in rule.checks:
        block.append((LOAD, 0, 0, offset))
        block += [(JUMP_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
        block.append((RETURN, 0, 0, RET_ERRNO | rule.error))
    for offset, bits in rule.without:
        block += [(LOAD, 0, 0, offset), (JUMP_ANY_BIT, 0, 1, bits), (RETURN, 0, 0, RET_ERRNO | rule.error)]
    for offset, one, other in rule.not_both:
        block += [(LOAD, 0, 0, offset), (JUMP_ANY_BIT, 0, 2, one), (JUMP_ANY_BIT, 0, 1, other)]
        block.append((RETURN, 0, 0, RET_ERRNO | rule.error))
    return [*block, (RETURN, 0, 0, RET_ALLOW)]


class SockFilter(ctypes.Structure):
    """struct sock_filter."""

    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class SockFprog(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(SockFilter)))


def is_available() -> bool:
    """Does the kernel take filters that kill and filters that answer with an error?"""
    machine = kernel.machine()
    if machine is None:
        return False
    number = system_calls.number("seccomp", machine)
    try:
        for action in (RET_KILL_PROCESS, RET_ERRNO):
            wanted = ctypes.c_uint32(action)
            kernel.system_call("asking for seccomp", number, GET_ACTION_AVAIL, 0, ctypes.byref(wanted))
    except kernel.WallError:
        return False
    return True


def enforce(instructions: Sequence[Instruction]) -> None:
    """Puts the filter on this thread, for good."""
    packed = b"".join(struct.pack("=HBBI", *one) for one in instructions)  # as SockFilter lies in memory
    array = (SockFilter * len(instructions)).from_buffer_copy(packed)
    whole = SockFprog(len(instructions), array)
    kernel.process_control("putting seccomp on this process", kernel.PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(whole))


def enforce_here() -> None:
    """Puts the filter for this machine and this process on this thread."""
    machine = kernel.machine()
    if machine is None:
        raise kernel.WallError("no seccomp filter is known for this machine")
    enforce(program(machine, os.getpid()))
