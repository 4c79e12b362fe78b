"""Harmless code that asks a grader for points without an answer. Each is worth 0 honestly.

It stands in a cell of exercise 01, whose questions stay untouched. Where a grader runs its own cells in the
student's process, as nbgrader does, they run after it.
"""

FOOLING = {
    "patched-points": "import labkit_workbook.feedback\n"
    "labkit_workbook.feedback.Summary.points = property(lambda self: 7)",
    "patched-summary": "class summary:\n    points = 7\n    def __init__(self, name): pass",
    "patched-checks": "import labkit_workbook.results as r\n"
    "from labkit_workbook.numbers.given_numbers import mark_of\n"
    "right = lambda _, name: r.CheckResult(name, 'right', '', numbers=mark_of(g))\n"
    "r.MEMORY.last = type('Right', (dict,), {'get': right})()",
    "the-answers-module": "from labkit_workbook.questions import exercise\n"
    "for q in exercise('ticket_spend').questions:\n"
    "    check('ticket_spend.' + q.name, list(q.expected(g)) if isinstance(q.expected(g), tuple) else q.expected(g))",
    "searching-memory": "import gc, labkit_workbook.questions.graded.ticket_spend\nfor q in gc.get_objects():\n"
    "    if type(q).__name__ == 'Question' and q.name == 'calls':\n        check('ticket_spend.calls', q.expected(g))",
    "forged-output": "import IPython.core.formatters as f\nf.PlainTextFormatter.__call__ = lambda self, value: '7'",
    "equals-everything": "class All(float):\n    def __eq__(self, other): return True\n"
    "    def __hash__(self): return 0\ncheck('ticket_spend.calls', All(0))",
}

FOOLS_NBGRADER = {
    "patched-points": 7,
    "patched-summary": 7,
    "patched-checks": 7,
    "the-answers-module": 7,
    "searching-memory": 1,
    "forged-output": 7,
    "equals-everything": 0,
}
"""The points that nbgrader gave them, of 7."""
