"""`labkit serve`: it says where and how to stop, stops on Ctrl-C and on a request to terminate, and sums up."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from asking import ask, chat

from labkit_agents.server import serve
from labkit_workbook import cli


@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(sys.platform == "win32", reason="no signals between processes")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(how: signal.Signals, tmp_path: Path) -> None:
    plan, log = tmp_path / "plan.json", tmp_path / "calls.jsonl"
    plan.write_text('{"attempts": [429, "ok"]}', encoding="utf-8")
    command = [sys.executable, "-m", "labkit_workbook.cli", "serve", "--plan", str(plan), "--log", str(log)]
    with subprocess.Popen([*command, "--models", "small"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/v1", first)
        assert found
        assert "Ctrl-C stops" in first
        assert [ask(found.group(), chat(model="small")).status for _ in range(2)] == [429, 200]
        process.send_signal(how)
        rest = process.stdout.read()
        assert process.wait() == 0
    assert rest.strip() == "Stopped: 2 calls, 0.00200 USD billed, faults: 1 429."
    assert [json.loads(line)["status"] for line in log.read_text(encoding="utf-8").splitlines()] == [429, 200]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "99999"], "port must be at most 65535"), (["--pace", "-1"], "pace must be zero or more"),
        (["--models", "gpt"], "models must be among"), (["--plan", "nowhere.json"], "nowhere.json"),
        (["--log", "nowhere/log"], "nowhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", *words]) == cli.FAILED
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_plan_that_is_none_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_text('{"harder": 1}', encoding="utf-8")
    assert cli.main(["serve", "--plan", str(tmp_path / "plan.json")]) == cli.FAILED
    assert "'harder'" in capsys.readouterr().err


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with serve() as server:
        assert cli.main(["serve", "--port", str(server.port)]) == cli.FAILED
    assert f"port {server.port}" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['starlette'] = None; from labkit_workbook import cli; sys.exit(cli.main(['serve']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == cli.FAILED
    assert "pip install starlette uvicorn" in done.stderr
