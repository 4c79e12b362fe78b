"""Reading: from files of traces to tasks, sums, and what was dropped and not seen."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

from labkit.prices import PriceCard

from .counting import folding
from .counting.sums import Row
from .outcomes import Outcomes, read_outcomes, set_outcomes
from .parsing.documents import Source, as_bytes, is_file_like, is_head, open_lines, read_documents, read_lines
from .parsing.formats import Format, all_formats
from .pricing import Pricer
from .report import Reading

PATIENCE = 3.0  # seconds before the first word on progress, and between two
BETWEEN = 255  # lines between two looks at the clock
BAR = 40
ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".gz", ".txt", ".log")
Progress: TypeAlias = "Callable[[int, int], None] | None"
ONE_CALL_EACH = (
    "every trace holds one call, so no task can be told from another: name what the calls of a task share with "
    "task_key (--task-key), such as session.id"
)
ASIDE = "calls whose trace states another price than your card, by more than 1%: a range"
NO_CALLS = "there is no model call in what was read"


def say_progress(done: int, total: int) -> None:
    """Print how far a long reading is, to standard error: a bar that grows in a terminal, else a line each time."""
    share = f" of {total / 1e6:,.0f} MB, {done / total:4.0%}" if total else " MB"
    said = f"traces: {done / 1e6:,.0f}{share}"
    if total and sys.stderr.isatty():
        full = BAR * done // total
        end = "\n" if done >= total else "\r"
        print(f"{said} [{'#' * full}{'.' * (BAR - full)}]", end=end, file=sys.stderr, flush=True)
    else:
        print(said, file=sys.stderr, flush=True)


def read(
    paths: Any,
    task_key: str | None = None,
    *,
    cards: Mapping[str, PriceCard] | None = None,
    outcomes: Outcomes | None = None,
    score: str | None = None,
    progress: Progress = say_progress,
    most_open: int = folding.MOST_OPEN,
) -> Reading:
    """Tasks and sums of traces.

    Args:
        paths: a file, a folder, or several of them; lines (a generator, an open file, a text); or records of this
            course's agents (``labkit_agents.Traces``). Formats are recognised, and files may be gzipped.
        task_key: the name of the value (an attribute, a column) that calls of one task share; without it a trace is a
            task.
        cards: prices of your own, by model; they come before what a trace states.
        outcomes: which tasks ended right, beside what the traces say: a file (columns ``task``, ``right`` and perhaps
            ``item``, what the task is a repeat of), or verdicts by task.
        score: the name of the verdict in the traces that is the outcome; None for those whose name says so.
        progress: called with bytes done and in all (0 where nobody knows) after 3 seconds, again every 3, and then at
            the end; None for silence.
        most_open: so many spans wait in memory for the rest of their traces.

    Raises:
        ValueError: an argument that cannot be: no file, a task key that no call has, outcomes of which none names a
            task. What a file holds never raises: it is counted.
        OSError: a file that cannot be read.

    >>> row = b'{"task": "a", "step": "plan", "model": "premium", "tokens_in": 1000, "tokens_out": 500}'
    >>> reading = read([row], cards={"premium": PriceCard.per_million(10, 1, 40)})
    >>> reading.money.priced_usd, reading.tasks[0].calls[0].step
    (0.03, 'plan')
    """
    if task_key is not None and (not isinstance(task_key, str) or not task_key):
        raise ValueError(f"task_key must be a name, or None, got {task_key!r}")
    if progress is not None and not callable(progress):
        raise ValueError(f"progress must be a function of bytes done and their total, or None, got {progress!r}")
    if isinstance(most_open, bool) or not isinstance(most_open, int) or most_open < 1:
        raise ValueError(f"most_open must be a whole number from 1, got {most_open!r}")
    if score is not None and (not isinstance(score, str) or not score):
        raise ValueError(f"score must be the name of a score, or None, got {score!r}")
    pricer = Pricer(cards)
    fold = folding.Folding(pricer, task_key, most_open, score)
    noted: Counter[str] = Counter()
    said = {} if outcomes is None else read_outcomes(outcomes, noted)
    sources: list[Source] = []
    with _without_collections():
        for number, (source, documents) in enumerate(_open_all(paths, progress)):
            sources.append(source)
            _take_in(documents, source, number, all_formats(task_key), fold)
        fold.finish()
        tasks = fold.tasks.listed()
    sums = fold.sums
    sums.settle()
    fold.noted[ASIDE] += sums.aside
    if task_key and fold.tasks.count and not fold.keyed:
        raise ValueError(f"task_key (--task-key) must name what the calls of a task share; no call has {task_key!r}")
    no_tasks = "" if fold.tasks.shared or fold.keyed else ONE_CALL_EACH
    reading = Reading(
        tasks, fold.tasks.count, fold.traces, fold.spans, sums.money(), sums.all.row(),
        _rows(sums.by_model), _rows(sums.by_step), sums.low_tokens, sums.high_tokens, _met(fold.dropped),
        _met(fold.noted), tuple(sources), pricer.source, no_tasks if fold.tasks.count else NO_CALLS,
    )  # fmt: skip
    return set_outcomes([reading], said, noted)[0]


@contextmanager
def _without_collections() -> Iterator[None]:
    """No collections of garbage meanwhile: nothing here refers to itself, and they would look at every span again."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _take_in(
    documents: Iterable[tuple[int, Any]], source: Source, number: int, known: tuple[Format, ...], fold: folding.Folding
) -> None:
    """All spans of one file; its lines are mostly of one format, so the last one that fitted is tried first."""
    last: Format | None = None
    counts: Counter[str] = Counter()
    for line, document in documents:
        if last is None or not last.fits(document) or any(each.fits(document) for each in last.closer):
            last = next((each for each in known if each.fits(document)), None)
            if last is None:
                source.unknown += 1
                continue
        before = fold.spans
        last.read(document, (number, line), fold.noted, fold.add)
        counts[last.name] += fold.spans - before
    source.formats = dict(sorted(counts.items()))


def _open_all(paths: Any, progress: Progress) -> Iterator[tuple[Source, Iterator[tuple[int, Any]]]]:
    """Each source and its documents."""
    if hasattr(paths, "records"):
        source = Source("records of labkit_agents")
        solved = paths.solved.tolist()
        rows = ((n, row._asdict() | {"solved": solved[row.task]}) for n, row in enumerate(paths.records(), 1))
        yield source, rows
        return
    if isinstance(paths, str) and _is_text(paths):
        paths = [paths]
    listed = [paths] if isinstance(paths, (str, os.PathLike)) else None
    if listed is None:
        if not is_file_like(paths):
            raise ValueError(f"paths must be files, folders or lines, got {paths!r}")
        first, rest = _peek(paths)
        if first is None:
            raise ValueError("paths must name a file, got none")
        if isinstance(first, bytes) or (isinstance(first, str) and (hasattr(paths, "readline") or _is_text(first))):
            source = Source("lines")
            told = _Told(progress, 0)
            yield source, read_documents(as_bytes(_split_tables(rest), source, told), source)
            told.end()
            return
        listed = list(rest)
    files = list_files(listed)
    told = _Told(progress, sum(file.stat().st_size for file in files))
    for file in files:
        source = Source(file.name)
        with ExitStack() as stack:
            lines, raw = map(stack.enter_context, open_lines(file))
            yield source, read_documents(told.watch(read_lines(lines, source), raw), source)
    told.end()


def _peek(items: Iterable[Any]) -> tuple[Any, Iterator[Any]]:
    iterator = iter(items)
    first = next(iterator, None)

    def again() -> Iterator[Any]:
        yield first
        yield from iterator

    return first, again()


def _is_text(text: str) -> bool:
    """Whether it is what a file holds, and no path: it begins like JSON, has lines, or is the head of a table."""
    bare = text.strip()
    return (bare[:1] in ("{", "[") or "\n" in bare or is_head(bare)) and not os.path.exists(text)


def _split_tables(texts: Iterable[Any]) -> Iterator[Any]:
    """Lines; a text of several is taken apart, unless it is a document of its own."""
    for text in texts:
        if isinstance(text, str) and "\n" in text[:-1] and text.lstrip()[:1] not in ("{", "["):
            yield from text.split("\n")
        else:
            yield text


def list_files(paths: Iterable[Any]) -> list[Path]:
    """The files of several files and folders.

    Raises:
        ValueError: no such file, or a folder without files of traces.
    """
    return list({file.resolve(): file for each in paths for file in _list_files(each)}.values())  # each of them once


def _list_files(path: Any) -> list[Path]:
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"paths must be files, folders or lines, got {type(path).__name__}")
    here = Path(path)
    if here.is_dir():
        files = sorted(file for file in here.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
        if not files:
            raise ValueError(f"paths: no file of traces ({', '.join(ENDINGS)}) in {str(path)!r}")
        return files
    if not here.is_file():
        raise ValueError(f"paths: there is no file {str(path)!r}")
    return [here]


class _Told:
    """Progress, in bytes; called for each line, it speaks every few seconds."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0
        self.said = monotonic()
        self.has_spoken = False

    def __call__(self, size: int) -> None:
        self.done += size
        self._perhaps(self.done)

    def watch(self, lines: Iterable[bytes], raw: Any) -> Iterator[bytes]:
        """The lines; the place in the file itself, which may be gzipped, is what has been done."""
        rest = iter(lines)
        for line in rest:
            yield line
            yield from islice(rest, BETWEEN)
            self._perhaps(self.done + raw.tell())
        self.done += raw.tell()

    def _perhaps(self, done: int) -> None:
        if self.progress is not None and monotonic() - self.said >= PATIENCE:
            self.progress(done, self.total)
            self.said = monotonic()
            self.has_spoken = True

    def end(self) -> None:
        """The last word, where there was one before."""
        if self.progress is not None and self.has_spoken:
            self.progress(self.done, self.done)


def _rows(sums: Mapping[str, Any]) -> dict[str, Row]:
    """The sums, the dearest first."""
    rows = {name: each.row() for name, each in sums.items()}
    return dict(sorted(rows.items(), key=lambda item: (-item[1].usd, -item[1].calls, item[0])))


def _met(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}
