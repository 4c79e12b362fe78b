"""A strict reader of the made pages, and texts that would do harm in one."""

from __future__ import annotations

from html.parser import HTMLParser

BIDI = "\u202e\u2066\u200f"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</td></table><!-- --><style>*{display:none}</style>",
    "' onmouseover='alert(1)",
    "&lt;script&gt; &amp; &#60;",
    f"{BIDI}txt.exe",
    "x" * 10_000,
    "</title></style></script><svg/onload=alert(1)>",
    "a\x00b\x1b[31m\ud800",
    "javascript:alert(1)",
    "../../etc/passwd",
    "]]><?php ?>",
]
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "section", "table"),
    *("caption", "thead", "tbody", "tr", "th", "td", "ul", "li", "bdi", "br", "img"),
    *("blockquote", "details", "summary", "article", "code", "wbr"),
}
VOID = {"meta", "br", "img", "wbr"}


class Reader(HTMLParser):
    """Reads a page strictly: all that is opened is closed in order, and only known tags and attributes occur."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.styles: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        assert {name for name, _ in attrs} <= {
            "lang",
            "charset",
            "http-equiv",
            "content",
            "name",
            "scope",
            "data-head",
            "alt",
            "src",
        }
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        (self.styles if "style" in self.open else self.words).append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    @property
    def text(self) -> str:
        return "".join(self.words)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
