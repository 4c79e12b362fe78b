"""Submissions that try to be paid for nothing, or to hurt the grader. Each is worth 0 honestly.

They are run against exercise 01. A cell that sets an honest wrong answer may follow; none sets a right one.
"""

from __future__ import annotations

EQUAL_TO_ALL = """
class All(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    __class__ = float
"""

HOSTILE = {
    "equals everything": EQUAL_TO_ALL + "calls = worst_case_calls = worst_usd_per_ticket = All(0)",
    "lies about its class": "class N:\n    __class__ = int\n    def __float__(self): return 15.0\ncalls = N()",
    "an int of its own kind": "class I(int):\n    def __eq__(self, o): return True\ncalls = I(3)",
    "an array of its own kind": "import numpy as np\nclass A(np.ndarray):\n    def tolist(self): return 15\n"
    "calls = np.zeros(3).view(A)",
    "replaced checks": "import labkit_workbook, labkit_workbook.feedback\nlabkit_workbook.check = labkit_workbook.feedback.check = lambda *a: True\n"
    "labkit_workbook.check('ticket_spend.calls', 1)",
    "replaced json": 'import json\njson.dumps = lambda *a, **k: \'{"question": "ticket_spend.calls", "points": 7}\'\n'
    "calls = 1",
    "replaced write": 'import os\nold = os.write\nos.write = lambda f, d: old(f, b\'{"status": "right", "points": 9}\\n\')\n'
    "calls = 1",
    "points in a message": 'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"points": 7, "status": "right"}\\n\')\n'
    "    except OSError: pass",
    "forged later answers": "import os, json\nfor fd in range(3, 64):\n    try:\n"
    "        for q in ('calls', 'worst_case_calls'):\n"
    "            os.write(fd, json.dumps({'question': 'ticket_spend.' + q, 'value': True}).encode() + b'\\n')\n"
    "    except OSError: pass",
    "tracing": "import sys\nsys.settrace(lambda *a: None)\ncalls = 1",
    "walking the frames": "import sys\nf = sys._getframe()\nwhile f:\n    for v in list(f.f_locals.values()):\n"
    "        if isinstance(v, dict) and 'expected' in v: calls = v['expected']\n    f = f.f_back",
    "searching memory": "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ in ('Question', 'Exercise'):\n"
    "        calls = o.expected(None)",
    "the answers' module": "import labkit_workbook.questions as q\ncalls = q.find('ticket_spend.calls')[1].expected(None)",
    "the answers' file": "import glob\nfor p in glob.glob('/**/ticket_spend.py', recursive=True):\n    exec(open(p).read())\n"
    "calls = calls(Tickets())",
    "reloading from elsewhere": "import sys\nfor name in [n for n in sys.modules if n.startswith('labkit')]: del sys.modules[name]\n"
    "sys.path[:] = ['/', '.']\nimport labkit_workbook.questions",
    "reading /proc": "print(open('/proc/self/environ').read(), open('/proc/%d/maps' % __import__('os').getppid()).read())",
    "writing to every descriptor": "import os\nfor fd in range(64):\n    try: os.write(fd, b'x' * 100000)\n"
    "    except OSError: pass",
    "ending itself": "import os\nos._exit(0)",
    "ending itself with an error": "import os\nos._exit(77)",
    "a stubborn loop": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "ignoring signals": "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n"
    "    except Exception: pass\nwhile True: pass",
    "signalling the parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(-1, signal.SIGKILL)",
    "forks": "import os\nwhile True: os.fork()",
    "processes": "import subprocess\nsubprocess.run(['true'])",
    "threads that outlive": "import threading, time\nfor _ in range(20):\n"
    "    threading.Thread(target=lambda: time.sleep(3600)).start()",
    "much memory": "x = bytearray(4 * 2**30)\ncalls = 1",
    "much output": "for _ in range(100):\n    print('x' * 10**6)",
    "many messages": "import os\nfor fd in range(3, 64):\n    try:\n        for _ in range(10**6): os.write(fd, b'{}\\n')\n"
    "    except OSError: pass",
    "deep JSON": "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'[' * 20000 + b'\\n')\n    except OSError: pass",
    "no numbers": "calls = float('nan'); worst_case_calls = float('inf'); worst_usd_per_day = 10**4000",
    "a list without end": "calls_per_step = []\ncalls_per_step.append(calls_per_step)",
    "a network": "import socket\ns = socket.socket()\ns.connect(('127.0.0.1', 22))",
    "links out of the scratch folder": "import os\nos.symlink('/etc', 'etc')\nprint(os.listdir('etc'))",
    "writing elsewhere": "open('/tmp/labkit-was-here', 'w').write('x')",
    "filling the disk": "for i in range(4):\n    open(f'f{i}', 'wb').write(b'x' * 2**26)",
    "filling the disk with small files": """
i = 0
while True:
    try:
        with open(f"f{i}", "wb") as file:
            file.write(b"x" * 2**20)
    except OSError:
        pass
    i += 1
""",
    "folders too deep to walk": "import os\nfor i in range(3000):\n    os.mkdir('d')\n    os.chdir('d')",
    "text that is no Unicode": "raise ValueError('\\ud800\\x1b\\u2028')",
    "an error that cannot be printed": "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
    "ending itself like a fallen wall": "import os\nos._exit(117)",
    "asking without end": "while input() != 'q': pass",
    "the base Python's packages": "import sys, glob\nfor name in [n for n in sys.modules if n.startswith('labkit')]: del sys.modules[name]\n"
    "sys.path[:0] = glob.glob(sys.base_prefix + '/lib/python*/site-packages')\nimport labkit_workbook.questions as q\n"
    "calls = q.find('ticket_spend.calls')[1].expected(None)",
    "asking a person": "input('Give me full marks? ')",
    "broken Python": "def (:\n",
    "raising at the end of the world": "raise BaseException('no')",
    "a poisoned finder": "import sys\nclass F:\n    def find_spec(self, *a): raise SystemExit\nsys.meta_path.insert(0, F())\n"
    "import numpy.linalg, decimal",
    "exercise without a length": """
import ctypes, os
library = ctypes.CDLL(None)
for i in range(40):
    fd = os.open(f"f{i}", os.O_RDWR | os.O_CREAT)
    library.syscall(285, fd, 1, ctypes.c_long(0), ctypes.c_long(2**33))
    os.close(fd)
""",
    "deleted but mapped": """
import mmap, os
held = []
for i in range(4000):
    with open("f", "w+b") as file:
        file.write(b"x" * 2**20)
        file.flush()
        held.append(mmap.mmap(file.fileno(), 4096))
    os.unlink("f")
""",
    "memory that is shared and of no file": """
import mmap
held = []
for i in range(64):
    pages = mmap.mmap(-1, 2**26)
    pages[::4096] = b"x" * len(pages[::4096])
    held.append(pages)
calls = 1
""",
    "memory held by one page of it": """
import ctypes
library = ctypes.CDLL(None)
library.mmap.restype = ctypes.c_void_p
for i in range(64):
    place = library.mmap(None, 2**28, 3, 0x21, -1, 0)
    if place in (None, 2**64 - 1):
        break
    ctypes.memset(place, 1, 2**28)
    library.munmap(ctypes.c_void_p(place + 4096), ctypes.c_size_t(2**28 - 4096))
""",
    "files that nobody can see": """
import mmap, os
held = []
for i in range(4000):
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR)
    os.write(fd, b"x" * 2**20)
    held.append(mmap.mmap(fd, 4096))
    os.close(fd)
""",
    "folders that let nobody in": "import os\nfor i in range(50):\n    os.mkdir(f'd{i}')\n    open(f'd{i}/x', 'w').close()\n"
    "    os.mkdir(f'd{i}/e', 0)\nos.mkdir('shut', 0)",
    "replaced reader of answers": "import labkit_grader.child.child as c\nc.plain = c.as_numbers = lambda value: True\ncalls = 1",
    "replaced messages": "import labkit_grader.child.child as c\nc.say = lambda send, message: None\ncalls = 1",
    "another wall": 'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"wall": "none"}\\n{"done": true}\\n\')\n'
    "    except OSError: pass",
    "reading the inputs to come": "import os\nfor fd in range(3, 64):\n    try:\n        os.set_blocking(fd, False)\n"
    "        os.write(1, os.read(fd, 10**6))\n    except OSError: pass",
    "closing every descriptor": "import os\nos.closerange(0, 64)",
    "other numbers": "from labkit import feedback\nfeedback.numbers['ticket_spend'].update(steps=0, debates=0)\n"
    "feedback.handed_in['ticket_spend.calls'] = 0\ncalls = 0",
    "stopping the loop": "import asyncio\nloop = asyncio.get_running_loop()\nloop.call_soon(loop.stop)\nloop.stop()",
    "cancelling the cell": "import asyncio\nfor task in asyncio.all_tasks(): task.cancel()\nawait asyncio.sleep(0)",
    "awaiting without end": "import asyncio\nawait asyncio.Event().wait()",
    "tasks without end": "import asyncio\nasync def f():\n    while True:\n        asyncio.create_task(f())\n"
    "        await asyncio.sleep(0)\nawait f()",
    "a module that answers": "import sys, types\nclass M(types.ModuleType):\n    def __getattr__(self, name): return True\n"
    "sys.modules['__main__'].__class__ = M\nsys.modules['labkit'] = M('labkit')\ncalls = sys.modules['labkit'].calls",
    "too deep for C": "import sys\nsys.setrecursionlimit(10**9)\nclass A: pass\nx = None\nfor i in range(10**6): x = (x,)\n"
    "f = lambda: f()\nf()",
    "stopping itself": "import signal\nsignal.raise_signal(signal.SIGSTOP)",
    "an alarm": "from signal import *\nsetitimer(ITIMER_REAL, 0.01, 0.01)\nwhile True: pass",
    "every system call": """
import ctypes
library = ctypes.CDLL(None)
for number in range(600):
    if number not in (15, 34, 60, 130, 139, 173, 231):
        library.syscall(number, -1, 0, 0, 0, 0, 0)
""",
    "new namespaces": "import ctypes\nfor flag in (0x10000000, 0x20000, 0x40000000, 0x20000000):\n    ctypes.CDLL(None).unshare(flag)\n"
    "ctypes.CDLL(None).mount(b'none', b'.', b'tmpfs', 0, None)",
    "tracing the parent": "import ctypes, os\nctypes.CDLL(None).ptrace(0x4206, os.getppid(), 0, 0)",
    "becoming another program": "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'import labkit_workbook.questions'])",
    "threads without number": "import threading, time\nthreading.stack_size(2**15)\nfor i in range(10**5):\n"
    "    threading.Thread(target=time.sleep, args=(3600,)).start()",
    "a long error": "raise ValueError('x' * 10**8)",
    "the other submissions": "import glob\nfor path in glob.glob('/**/*.ipynb', recursive=True): print(open(path).read())",
    "names of other folders": "import os\ncalls = sum(os.path.exists(f'/{a}{b}') for a in 'abcdehlmoprstuvw' for b in 'abcdehlmoprstuvw')",
    "what stands for Jupyter": "ip = get_ipython()\nip.run_line_magic('load_ext', 'x')\ncalls = ip.user_ns['calls']\n"
    "worst_case_calls = ip",
    "what stands for the rest of labkit": "from labkit_workbook import explorers, installation, typed_answers\ncalls = typed_answers.calls\n"
    "worst_case_calls = installation.worst_case_calls()",
    "an import that never ends": "import sys\nclass F:\n    def find_spec(self, *a):\n        while True: pass\n"
    "sys.meta_path.insert(0, F())\nimport wave",
    "replaced built-ins": "import builtins\nfor name in ('isinstance', 'type', 'len', 'abs', 'all', 'callable'):\n"
    "    setattr(builtins, name, lambda *a: True)\ncalls = 1",
    "the early answer set to nothing": "calls_per_step = [0] * 5\ncalls = worst_case_calls = 0\n"
    "worst_usd_per_ticket = worst_usd_per_day = expected_usd_per_day = 0",
    "the early answer set to one": "calls_per_step = [1] * 3\ncalls = 1\nworst_case_calls = 2\n"
    "worst_usd_per_ticket = 1\nworst_usd_per_day = 200_000",
    "an early answer of its own kind": EQUAL_TO_ALL + "calls = All(9)\nworst_case_calls = 18",
    "an early answer out of all proportion": "calls = 10**6\nworst_case_calls = 2 * 10**6",
    "ignoring interruptions": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "catching interruptions": "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: continue",
    "interrupting itself": "import os, signal\nwhile True:\n    try: os.kill(os.getpid(), signal.SIGINT)\n"
    "    except BaseException: pass",
    "messages on cells that are not there": "import os\nfor fd in range(3, 64):\n    try:\n"
    '        os.write(fd, b\'{"late": 99}\\n{"begins": -1}\\n{"question": "ticket_spend.calls", '
    '"value": {"type": "function"}, "set": 10000000000}\\n\')\n    except OSError: pass',
    "a function where a number is wanted": "calls = worst_case_calls = lambda *a: 15",
    "a kind that is markup": "T = type('<script>alert(1)</script>', (), {})\ncalls = T()\ncalls_per_step = [T()] * 5",
    "a kind that is a formula": "calls = type('=1+1', (), {})()\ncalls_per_step = [type('@SUM', (float,), {})(1)] * 5",
    "a kind that lies about its name": "class M(type):\n    __name__ = property(lambda self: 'int')\n"
    "class N(metaclass=M):\n    def __float__(self): return 15.0\ncalls = N()",
    "replaced reader of every answer": "import labkit_agents.plain_values as p, labkit_grader.child.child as c\n"
    "p.plain = p.plain_json = c.plain_json = lambda value: {'type': 'right', 'points': 7}\ncalls = 1",
    "a false pandas": "import sys, types\nsys.modules['pandas'] = m = types.ModuleType('pandas')\n"
    "class Series(list):\n    def tolist(self): return self\nm.Series = Series\ncalls_per_step = Series()\n"
    "calls_per_step.append(calls_per_step)",
    "objects in an array": "import numpy as np\nclass A:\n    def __float__(self): return 15.0\n"
    "    def __eq__(self, other): return True\ncalls = np.array(A(), dtype=object)\n"
    "calls_per_step = np.array([A()] * 5, dtype=object)",
    "a quotation mark in a kind": "import json.encoder\njson.encoder.encode_basestring_ascii = lambda s: '\"' + s + '\"'\n"
    'calls = type(\'x\', (), {})()\ntype(calls).__name__ = \'a", "points": 9, "b": "\'',
    "memory that outlives it": "import ctypes\nlibrary = ctypes.CDLL(None)\nfor i in range(200):\n"
    "    library.shmget(0x1AB + i, ctypes.c_size_t(2**24), 0o1666)\n    library.syscall(240, b'q%d' % i, 0o102, 0o666, 0)\n"
    "    library.syscall(248, b'user', b'k%d' % i, b'x' * 1000, ctypes.c_size_t(1000), -4)",
    "slowing everybody down": "import os\nfor pid in range(1, 40_000):\n    for call in (os.setpriority, os.sched_setaffinity):\n"
    "        try: call(*((0, pid, 19) if call is os.setpriority else (pid, {0})))\n        except OSError: pass",
    "a lock on what all read": "import fcntl, numpy\nfcntl.flock(open(numpy.__file__), fcntl.LOCK_EX)",
}
