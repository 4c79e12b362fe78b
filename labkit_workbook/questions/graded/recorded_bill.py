"""A server's log and its client's account, recorded once with ``labkit_agents.server``: the text's exercise 11.

The log is what the server kept of 14 tasks on 30 November 2026, at half the seconds of its cards, with a prefix cache,
and tokens counted by the prompt's letters. Its plans, one after the other:

- t1 to t11, three tasks at once: 22% of the attempts fail, with 429, a time-out, a cut connection or 500; of the other
  replies 12% are wrong (seed 4);
- t12: every call of every model fails with 500;
- t13 and t14, at once: every call of the first model hangs, and the second one answers.

The client is the ``openai`` package (3.57) with a patience of 1.6 s and what it has by default, two retries; around it
a loop of two tries of (premium, then small), which is all that a configuration file would name. t3, t6, t8 and t10 are
streams that did not ask for their usage, sent with ``httpx``; t8 was given up after its first words. The client priced
every token as fresh, had no price for small, and counted a stream as one token for every four letters that it got.
Dollars are rounded to a millionth.
"""

from __future__ import annotations

LOG = (
    (0.49, 0.33, "t8", "premium", 1, 0, 200, "", 694, 0, 550, True, 0.02894, False),
    (0.49, 0.74, "t1", "premium", 1, 0, 200, "cut", 659, 592, 350, False, 0.015262, True),
    (0.49, 0.56, "t2", "premium", 1, 0, 200, "", 642, 592, 250, False, 0.011092, True),
    (0.83, 0.91, "t9", "premium", 1, 0, 200, "", 677, 592, 450, False, 0.019442, True),
    (1.07, 1.6, "t4", "premium", 1, 0, None, "timeout", 686, 592, 500, False, 0.021532, False),
    (1.66, 0.73, "t1", "premium", 2, 1, 200, "", 659, 656, 350, False, 0.014686, True),
    (1.82, 1.01, "t10", "premium", 1, 0, 200, "", 686, 592, 500, True, 0.021532, True),
    (2.48, 1.19, "t3", "premium", 1, 0, 200, "", 703, 592, 600, True, 0.025702, True),
    (2.85, 0.0, "t11", "premium", 1, 0, 429, "429", 0, 0, 0, False, 0.0, True),
    (3.12, 1.0, "t4", "premium", 2, 1, 200, "", 686, 672, 500, False, 0.020812, True),
    (3.28, 0.83, "t11", "premium", 2, 1, 200, "", 668, 592, 400, False, 0.017352, True),
    (3.68, 0.82, "t5", "premium", 1, 0, 200, "", 668, 592, 400, False, 0.017352, True),
    (4.19, 0.65, "t6", "premium", 1, 0, 200, "wrong", 651, 592, 300, True, 0.013182, True),
    (4.5, 0.46, "t7", "premium", 1, 0, 200, "", 633, 592, 200, False, 0.009002, True),
    (4.97, 0.0, "t12", "premium", 1, 0, 500, "500", 0, 0, 0, False, 0.0, True),
    (5.48, 0.0, "t12", "premium", 2, 1, 500, "500", 0, 0, 0, False, 0.0, True),
    (6.25, 0.0, "t12", "premium", 3, 2, 500, "500", 0, 0, 0, False, 0.0, True),
    (6.26, 0.0, "t12", "small", 1, 0, 500, "500", 0, 0, 0, False, 0.0, True),
    (6.71, 0.0, "t12", "small", 2, 1, 500, "500", 0, 0, 0, False, 0.0, True),
    (7.57, 0.0, "t12", "small", 3, 2, 500, "500", 0, 0, 0, False, 0.0, True),
    (7.57, 0.0, "t12", "premium", 4, 0, 500, "500", 0, 0, 0, False, 0.0, True),
    (8.09, 0.0, "t12", "premium", 5, 1, 500, "500", 0, 0, 0, False, 0.0, True),
    (8.98, 0.01, "t12", "premium", 6, 2, 500, "500", 0, 0, 0, False, 0.0, True),
    (9.0, 0.0, "t12", "small", 4, 0, 500, "500", 0, 0, 0, False, 0.0, True),
    (9.45, 0.0, "t12", "small", 5, 1, 500, "500", 0, 0, 0, False, 0.0, True),
    (10.36, 0.01, "t12", "small", 6, 2, 500, "500", 0, 0, 0, False, 0.0, True),
    (10.38, 1.6, "t13", "premium", 1, 0, None, "timeout", 633, 592, 500, False, 0.021002, False),
    (10.38, 1.6, "t14", "premium", 1, 0, None, "timeout", 695, 592, 350, False, 0.015622, False),
    (12.41, 1.61, "t13", "premium", 2, 1, None, "timeout", 633, 624, 500, False, 0.020714, False),
    (12.43, 1.61, "t14", "premium", 2, 1, None, "timeout", 695, 688, 350, False, 0.014758, False),
    (15.02, 1.62, "t13", "premium", 3, 2, None, "timeout", 633, 624, 500, False, 0.020714, False),
    (15.03, 1.61, "t14", "premium", 3, 2, None, "timeout", 695, 688, 350, False, 0.014758, False),
    (16.65, 0.2, "t13", "small", 1, 0, 200, "", 633, 0, 500, False, 0.001816, True),
    (16.65, 0.15, "t14", "small", 1, 0, 200, "", 695, 592, 350, False, 0.001131, True),
)
ACCOUNT = (
    ("t2", "premium", 642, 250, 0.01642),
    ("t9", "premium", 677, 450, 0.02477),
    ("t1", "premium", 659, 350, 0.02059),
    ("t10", "premium", 0, 2, 8e-05),
    ("t3", "premium", 0, 2, 8e-05),
    ("t11", "premium", 668, 400, 0.02268),
    ("t4", "premium", 686, 500, 0.02686),
    ("t5", "premium", 668, 400, 0.02268),
    ("t6", "premium", 0, 2, 8e-05),
    ("t7", "premium", 633, 200, 0.01433),
    ("t14", "small", 695, 350, 0.0),
    ("t13", "small", 633, 500, 0.0),
)
