"""The commands for one's own agent: ``labkit traces``, ``labkit fit`` and ``labkit price``."""

from __future__ import annotations

import argparse

from labkit_workbook._subcommands import Commands, add_command

CARDS = 'your own prices, USD for a million tokens: {"MODEL": {"usd_in": 3, "usd_cached": 0.3, "usd_out": 15}}'
FORMATS = (
    "OTLP-JSON, OpenInference, LiteLLM, Langfuse, Agents SDK, OpenTelemetry's console, LangSmith, MLflow, a table with "
    "commas; gzipped or not"
)


def _add_traces(commands: Commands) -> None:
    traces = add_command(
        commands,
        "traces",
        _traces,
        summary="read the traces of your own agent: the bill in three parts, and what was not seen",
        description=f"Reads traces ({FORMATS}) and prints the sums, what was left out so that nothing counts twice, "
        "and what nobody saw. Prompts, answers and error texts are never kept. Nothing is fetched. Exit status 0, "
        "whatever the traces do not say.",
        examples=("labkit traces spans.jsonl", "labkit traces logs/ --task-key session.id --cards cards.json"),
    )
    traces.add_argument("files", metavar="FILE", nargs="*", help="files or folders of traces")
    _add_shared(traces)


def _add_fit(commands: Commands) -> None:
    fit = add_command(
        commands,
        "fit",
        _fit,
        summary="fit the three models to the traces of your own agent, and say what to change",
        description=f"Reads traces ({FORMATS}), fits cost, latency and reliability to them, and says where the money, "
        "the seconds and the failures go, what was not seen, and which three changes are best, with intervals. "
        "Prompts, answers and error texts are never kept. Exit status 1 where --check finds a budget broken.",
        examples=(
            "labkit fit spans.jsonl --outcomes outcomes.csv --per-day 500 --out report.html",
            "labkit fit --sample --per-day 500",
            "labkit fit spans.jsonl --check budget.toml",
            "labkit fit --compare before.jsonl after.jsonl",
        ),
    )
    fit.add_argument("files", metavar="FILE", nargs="*", help="files or folders of traces")
    fit.add_argument("--outcomes", metavar="FILE", help="which tasks ended right: rows of task, right, perhaps item")
    fit.add_argument("--score", metavar="NAME", help="the score in the traces that is the outcome")
    fit.add_argument("--budget-usd", metavar="X", type=float, help="USD that a task shall cost at most")
    fit.add_argument("--budget-sec", metavar="Y", type=float, help="seconds that 95 of 100 tasks shall keep")
    fit.add_argument("--budget-success", metavar="P", type=float, help="share of tasks that shall end right at least")
    fit.add_argument("--per-day", metavar="N", type=float, help="tasks a day, for the monthly bill")
    fit.add_argument(
        "--needs", metavar="STEP:OTHER", action="append",
        help="STEP needs what OTHER found, so no change runs them side by side; may be given several times",
    )  # fmt: skip
    fit.add_argument("--out", metavar="FILE", help="write the report as one HTML page, too")
    fit.add_argument("--save", metavar="FILE", help="save the fitted workflow as JSON, for labkit price and from_json")
    fit.add_argument("--check", metavar="FILE", help="budgets (TOML or JSON) that the traces must keep: a gate for CI")
    fit.add_argument("--compare", metavar=("BEFORE", "AFTER"), nargs=2, help="say what a change really did")
    _add_shared(fit)


def _add_price(commands: Commands) -> None:
    price = add_command(
        commands,
        "price",
        _price,
        summary="say what a workflow will cost, before anything is run",
        description="Prints dollars, seconds and reliability of a task, their ranges and a month's bill of a workflow "
        "in JSON or TOML, as labkit fit --save writes it or a hand. A step's model may be a price card and so many "
        "tokens.",
        examples=("labkit price workflow.json --per-day 500", "labkit price workflow.toml --cards cards.json"),
    )
    price.add_argument("file", metavar="WORKFLOW", help="a workflow in JSON or TOML")
    price.add_argument("--cards", "--models", metavar="FILE", help=CARDS)
    price.add_argument("--per-day", metavar="N", type=float, help="tasks a day, for the monthly bill")
    _add_format(price)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sample", action="store_true", help="read the course's own sample trace, of lesson 12")
    parser.add_argument("--task-key", metavar="NAME", help="the attribute or column that calls of one task share")
    parser.add_argument("--cards", metavar="FILE", help=CARDS)
    _add_format(parser)


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="text to read (the default), or json"
    )


def _traces(arguments: argparse.Namespace) -> int:
    from labkit_traces.command import run  # noqa: PLC0415 (loaded only when asked for)

    return run(_find_files(arguments), arguments.task_key, arguments.cards, arguments.format)


def _find_files(arguments: argparse.Namespace) -> list[str]:
    """The files to read: those named, and the sample where it is asked for."""
    from labkit_workbook.own_agent.sample import sample_trace  # noqa: PLC0415 (loaded only when asked for)

    return [*arguments.files, *[str(sample_trace())] * arguments.sample]


def _fit(arguments: argparse.Namespace) -> int:
    from labkit_traces.command import Asked, run_fit  # noqa: PLC0415 (loaded only when asked for)

    typed = vars(arguments) | {"kind": arguments.format, "files": _find_files(arguments)}
    return run_fit(Asked(**{name: typed[name] for name in Asked._fields}))


def _price(arguments: argparse.Namespace) -> int:
    from labkit_traces.command import run_price  # noqa: PLC0415 (loaded only when asked for)

    return run_price(arguments.file, arguments.cards, arguments.per_day, arguments.format)


TRACES = {"traces": _add_traces, "fit": _add_fit, "price": _add_price}
"""The commands by what is typed."""
