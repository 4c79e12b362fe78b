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
    "replaced checks": "import labkit, labkit.feedback\nlabkit.check = labkit.feedback.check = lambda *a: True\n"
    "labkit.check('ticket_spend.calls', 1)",
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
    "the answers' module": "import labkit.questions as q\ncalls = q.find('ticket_spend.calls')[1].expected(None)",
    "the answers' file": "import glob\nfor p in glob.glob('/**/ticket_spend.py', recursive=True):\n    exec(open(p).read())\n"
    "calls = calls(Tickets())",
    "reloading from elsewhere": "import sys\nfor name in [n for n in sys.modules if n.startswith('labkit')]: del sys.modules[name]\n"
    "sys.path[:] = ['/', '.']\nimport labkit.questions",
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
    "sys.path[:0] = glob.glob(sys.base_prefix + '/lib/python*/site-packages')\nimport labkit.questions as q\n"
    "calls = q.find('ticket_spend.calls')[1].expected(None)",
    "asking a person": "input('Give me full marks? ')",
    "broken Python": "def (:\n",
    "raising at the end of the world": "raise BaseException('no')",
    "a poisoned finder": "import sys\nclass F:\n    def find_spec(self, *a): raise SystemExit\nsys.meta_path.insert(0, F())\n"
    "import numpy.linalg, decimal",
}
