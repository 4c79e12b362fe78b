"""Text that is safe to show: ids, names and comments that harm no table, no page and no file name."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST_ID = 64
FORMULA = " =+-@.＝＋－＠"
AFTER_SEMICOLON = re.compile(rf";+(?=[;\"{re.escape(FORMULA)}]*[=+\-@＝＋－＠])")
"""Where a semicolon parts cells, as it does in many countries, what follows one is the beginning of a cell."""
UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def plain_text(text: str) -> str:
    """The text without characters that cannot be seen, or that turn the ones beside them around."""
    seen = "".join(" " if char in "\t\r\n" else char for char in text)
    return "".join(char for char in seen if unicodedata.category(char) not in UNSAFE)


def one_cell(text: str) -> str:
    """A stranger's words, such as a name, that begin no cell of their own where a semicolon parts cells.

    >>> one_cell("Roe;=1+1"), one_cell("Roe; Bob")
    ('Roe,=1+1', 'Roe; Bob')
    """
    return AFTER_SEMICOLON.sub(",", text)


def shown_id(raw: str) -> str:
    """A student's id that harms no table, no page and no file name; two ids never become one.

    >>> shown_id("ada"), shown_id("=ada")
    ('ada', 'ada~c1bbffc41597')
    """
    text = " ".join(plain_text(unicodedata.normalize("NFC", raw)).replace("/", " ").replace("\\", " ").split())
    text = AFTER_SEMICOLON.sub(" ", text).lstrip(FORMULA)[:LONGEST_ID].rstrip(" .")
    if text and text == raw and not re.search("~[0-9a-f]{12}$", raw):
        return text
    return f"{text or 'student'}~{hashlib.sha256(raw.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
