"""Outputs that answer without a kernel: HTML that carries its script, and what is shown where no script runs.

The script is a classic function of a file beside this module, so that a page needs no network and no loader. Each
output has an id of its own.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from labkit._html import NEUTRAL

_HERE = Path(__file__).parent
_NUMBERS = count(1)


def next_id(name: str) -> str:
    """An id for one output: the name, and a number that no other output of this kernel has.

    >>> next_id("cost.growth").rpartition("-")[0]
    'cc-cost-growth'
    """
    return f"cc-{re.sub(r'[^a-z0-9]+', '-', name.lower())}-{next(_NUMBERS)}"


@cache
def text_of(path: Path) -> str:
    """The text of a file that is shipped beside the code."""
    return path.read_text(encoding="utf-8")


def as_literal(value: Any) -> str:
    """The value as JSON that can stand inside a script element.

    >>> as_literal({"say": "</script>"})
    '{"say": "\\\\u003c/script>"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def live_html(name: str, kind: str, still: str, script: Path, function: str, spec: Any) -> str:
    """One output as HTML.

    Args:
        name: what the output is about; its id is made from it.
        kind: a class of its own, beside ``cc`` and those that keep a dollar sign from being read as mathematics.
        still: the HTML for places that run no scripts; the script may use or remove it.
        script: the file that holds the function.
        function: its name; called with the element and ``spec``.
        spec: what the script needs to know, as JSON can say it.
    """
    place = next_id(name)
    find = f'(document.currentScript&&document.currentScript.closest(".cc"))||document.getElementById("{place}")'
    everywhere = text_of(_HERE / "live.js").strip()
    code = f"(()=>{{{everywhere}\n{text_of(script).strip()}\n{function}({find},{as_literal(spec)})}})()"
    return still_html(place, kind, f"{still}\n<script>{code}</script>")


def still_html(place: str, kind: str, inside: str) -> str:
    """HTML in the style of all these outputs; without a script unless there is one inside.

    Args:
        place: its id.
        kind: as in ``live_html``.
        inside: what stands in it.
    """
    style = text_of(_HERE / "live.css").strip()
    opened = f'<div class="cc {kind} tex2jax_ignore mathjax_ignore" id="{place}">'
    return f"{NEUTRAL}{opened}<style>{style}</style>\n{inside}</div>"


def rich(text: str) -> str:
    """Plain text as HTML; what stands between backticks is code, between asterisks stressed.

    >>> rich("`a < b` is *not* so")
    '<code>a &lt; b</code> is <em>not</em> so'
    """
    escaped = html.escape(text, quote=False)
    return re.sub(r"\*(\S[^*]*)\*", r"<em>\1</em>", re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped))


def plain(text: str) -> str:
    """The same text without the marks of ``rich``.

    >>> plain("`a < b` is *not* so")
    'a < b is not so'
    """
    return re.sub(r"\*(\S[^*]*)\*", r"\1", re.sub(r"`([^`]+)`", r"\1", text))
