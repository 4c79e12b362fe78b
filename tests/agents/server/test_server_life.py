"""Start and stop: loopback alone, a free port, a port that is free again whatever happened, and clear errors."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

import pytest
from asking import ask, chat, connect, raw, read_to_end

from labkit_agents.server import FaultPlan, Server, listener, running, serve
from labkit_agents.server.running import check_loopback


def test_each_server_takes_a_port_of_its_own() -> None:
    with serve() as one, serve() as other:
        assert one.port != other.port
        assert one.url == f"http://127.0.0.1:{one.port}/v1"
        ask(one.url, chat())
        assert (len(one.log.settled()), len(other.log)) == (1, 0)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_the_port_is_free_after_the_block_however_it_ended(error: type[BaseException]) -> None:
    """Also with a call that hangs, an idle connection, and a stream that nobody reads."""
    opened: list[socket.socket] = []

    def leave(server: Server) -> None:
        opened.extend(connect(server.url) for _ in range(3))
        opened[0].sendall(raw(chat()))
        opened[1].sendall(raw(chat("other", stream=True)))
        opened[1].recv(10)
        raise error

    server = serve(FaultPlan(attempts=("timeout",)))
    with pytest.raises(error), server:
        leave(server)
    assert not server.running
    with serve(port=server.port) as again:
        assert ask(again.url, chat()).status == 200
    assert [row.ended_sec is not None for row in server.log.settled()] == [True] * len(server.log)
    for connection in opened:
        read_to_end(connection)
        connection.close()
    server.close()  # a second time does nothing


def test_a_call_that_the_end_cuts_short_is_billed_and_logged_as_stopped() -> None:
    with serve(FaultPlan(soft=0.0), pace=1000.0) as server, connect(server.url) as connection:
        connection.sendall(raw(chat()))
        server.log.wait_until(lambda rows: bool(rows) and rows[0].usd > 0)
        server.close()  # while the client still listens: one that hangs up first is not cut short by the end
    (row,) = server.log.settled()
    assert (row.fault, row.client_there, row.usd, row.right) == ("stopped", True, pytest.approx(0.03), None)


def test_the_pace_stretches_the_card_s_seconds() -> None:
    with serve(FaultPlan(soft=0.0), pace=0.05) as server:
        ask(server.url, chat())
        ask(server.url, chat(stream=True))
        rows = server.log.settled()
    assert [row.sec for row in rows] == [pytest.approx(2.0)] * 2
    assert all(row.waited_sec is not None and row.waited_sec >= 0.05 * 2.0 * 0.999 for row in rows)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_while_it_stops_does_not_keep_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    ended = server._ended

    class Interrupted:
        """An event whose first wait is interrupted."""

        waits = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.waits += 1
            if self.waits == 1:
                os.kill(os.getpid(), signal.SIGINT)
            return ended.wait(timeout)

        def __getattr__(self, name: str) -> Any:
            return getattr(ended, name)

    monkeypatch.setattr(server, "_ended", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        server.close()
    with serve(port=server.port):
        pass


def test_a_port_in_use_is_said_at_once() -> None:
    with serve() as server, pytest.raises(OSError, match=f"port {server.port} .*free one"):
        serve(port=server.port)


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "",
        "example.org",
        "10.0.0.1",
        "192.168.1.1",
        "127.0.0.1.example.org",
        "::ffff:8.8.8.8",
        None,
        2130706433,
    ],
)
def test_no_address_but_loopback_is_taken(host: Any) -> None:
    with pytest.raises(ValueError, match="host"):
        serve(host=host)


def test_localhost_is_taken_only_where_it_is_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_loopback("localhost") in ("127.0.0.1", "::1")
    elsewhere = [(None, None, None, "", ("127.0.0.1", 0)), (None, None, None, "", ("203.0.113.5", 0))]
    monkeypatch.setattr(running.socket, "getaddrinfo", lambda *_, **__: elsewhere)
    with pytest.raises(ValueError, match="localhost"):
        serve(host="localhost")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"plan": {}}, "plan"), ({"plan": FaultPlan(models={"premuim": FaultPlan()})}, "premuim"),
        ({"pace": -1}, "pace"), ({"pace": "slow"}, "pace"), ({"port": -1}, "port"),
        ({"port": 65_536}, "port"), ({"port": 1.5}, "port"), ({"models": ["gpt"]}, "models"),
        ({"models": [3]}, "models"), ({"models": 3}, "models"), ({"models": []}, "models"), ({"limits": 3}, "limits"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        serve(**wrong)


def test_another_plan_must_be_one(endpoint: Server) -> None:
    with pytest.raises(ValueError, match="plan"):
        endpoint.plan = {}  # type: ignore[assignment]


def test_only_the_chosen_models_are_served() -> None:
    with serve(models=["small"]) as server:
        assert ask(server.url, chat()).status == 404
        assert [each["id"] for each in ask(server.url, b"", "/models", "GET").json["data"]] == ["small"]


def test_a_server_that_does_not_come_up_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def make_broken(*_: Any) -> Any:
        class Broken:
            started = should_exit = False

            async def serve(self, _: Any) -> None:
                raise OSError("no more files")

        return Broken()

    monkeypatch.setattr(listener, "make_server", make_broken)
    before = threading.active_count()
    with pytest.raises(RuntimeError, match=r"did not come up .*no more files"):
        serve()
    assert threading.active_count() <= before


def test_it_runs_beside_a_notebook_s_own_loop() -> None:
    async def cell() -> int | None:
        with serve() as server:
            return (await asyncio.to_thread(ask, server.url, chat())).status

    assert asyncio.run(cell()) == 200


def test_a_reset_begins_a_new_log_and_calls_in_flight_end_in_the_old(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(attempts=("timeout",))
    with connect(endpoint.url) as connection:
        connection.sendall(raw(chat(stream=True)))
        connection.recv(10)
        old = endpoint.log
        endpoint.reset(FaultPlan(soft=0.0))
        assert ask(endpoint.url, chat()).status == 200
    assert [row.fault for row in old.settled()] == ["timeout"]
    assert [(row.fault, row.attempt) for row in endpoint.log.settled()] == [("", 1)]


def test_the_log_is_written_to_a_file_line_by_line() -> None:
    file = io.StringIO()
    with serve(FaultPlan(attempts=("429",), soft=0.0), log_file=file) as server:
        ask(server.url, chat())
        ask(server.url, chat())
        server.log.settled()
        rows = [json.loads(line) for line in file.getvalue().splitlines()]
        file.close()
        assert ask(server.url, chat()).status == 200  # a file that was closed loses no call
        assert len(server.log.settled()) == 3
        assert server.log.turned_away == {"lines of the file": 1}
    assert [(row["fault"], row["usd"]) for row in rows] == [("429", 0.0), ("", pytest.approx(0.03))]


def test_without_the_extra_plans_can_be_made_and_the_endpoint_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['starlette'] = None\n"
        "import labkit_agents\n"
        "from labkit_agents.server import FaultPlan, serve\n"
        "assert 'uvicorn' not in sys.modules and FaultPlan(hard=1.0).hard == 1.0\n"
        "try:\n    serve()\nexcept ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install starlette uvicorn" in done.stdout
