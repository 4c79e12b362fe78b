"""Cells that a person would call right: each sets ``calls`` to 15, and must be paid for it behind the wall too."""

from __future__ import annotations

RIGHT = {
    "asking": """
input('name? ')
calls = 15
""",
    "a plot": """
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
calls = 15
""",
    "a saved plot": """
import matplotlib.pyplot as plt
plt.plot([1])
plt.savefig('p.png')
plt.close('all')
calls = 15
""",
    "inline": """
from matplotlib_inline.backend_inline import set_matplotlib_formats
set_matplotlib_formats('svg')
calls = 15
""",
    "a backend": """
import matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
plt.ion()
plt.pause(0.01)
calls = 15
""",
    "sliders of labkit's": """
from labkit_workbook import explorers
explorers.levers()
calls = 15
""",
    "display": """
display('x')
calls = 15
""",
    "pictures of labkit's": """
from labkit import plots
plots.curves([1, 2], {'a': [1, 2]}, 'x', 'y', 't', 'alt').png()
calls = 15
""",
    "a thread": """
import threading
t = threading.Thread(target=print)
t.start()
t.join()
calls = 15
""",
    "a magic by call": """
get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().system('ls')
calls = 15
""",
    "a magic by import": """
from IPython import get_ipython
ip = get_ipython()
if ip is not None: ip.magic('time')
calls = 15
""",
    "output of the shell": """
for line in get_ipython().getoutput('ls'): print(line)
with get_ipython().x as y: pass
calls = 15
""",
    "IPython.display": """
from IPython.display import HTML, Image, Latex, Markdown, clear_output, display
display(Markdown('# x'), HTML('<b>'), Latex('x'))
clear_output()
calls = 15
""",
    "a widget": """
import ipywidgets as w
from ipywidgets import interact
s = w.IntSlider(value=5)
display(s)
interact(lambda x: x, x=(0, 3))
@interact(x=3)
def f(x=3): return x
calls = f(15)
""",
    "google.colab": """
try:
    from google.colab import drive
    drive.mount('/content')
except ImportError: pass
calls = 15
""",
    "an await": """
import asyncio
async def f(): return 15
await asyncio.sleep(0.01)
calls = await f()
""",
    "awaits at once": """
import asyncio
async def f(x):
    await asyncio.sleep(0.01)
    return x
calls = sum(await asyncio.gather(f(7), f(8)))
""",
    "an await of a thread": """
import asyncio
calls = await asyncio.to_thread(lambda: 15)
""",
    "async with and for": """
import asyncio
async def g():
    yield 15
async with asyncio.Lock():
    async for x in g(): calls = x
""",
    "a task": """
import asyncio
t = asyncio.create_task(asyncio.sleep(0, 15))
await t
calls = t.result()
""",
    "a loop in a thread": """
import asyncio, threading
async def f(): return 15
out = []
t = threading.Thread(target=lambda: out.append(asyncio.run(f())))
t.start(); t.join()
calls = out[0]
""",
    "a dataclass": """
from __future__ import annotations
from dataclasses import dataclass
import typing
@dataclass
class A:
    x: int
assert typing.get_type_hints(A) == {'x': int}
calls = 15
""",
    "a pickle": """
import pickle
def f(): return 15
calls = pickle.loads(pickle.dumps(f))()
""",
    "source": """
import inspect
def f(): return 15
assert 'return 15' in inspect.getsource(f)
calls = 15
""",
    "files": """
import os, tempfile
with tempfile.TemporaryDirectory() as d, open(d + '/x', 'w') as f: f.write('x')
calls = 15
""",
    "the numbers": """
from labkit_workbook import given, check, hint, summary
g = given('ticket_spend')
hint('ticket_spend.calls')
check('ticket_spend.calls', 15).message
summary('ticket_spend').points
calls = 15
""",
}
