"""What goes wrong by plan, as a client sees it, and what the log says of it."""

from __future__ import annotations

import pytest
from asking import ask, chat, connect, raw, read_to_end

from labkit_agents.server import FaultPlan, Server, app, serve

STATUSES = ("400", "401", "408", "429", "500", "503")


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", ["chat", "responses", "embeddings"])
def test_a_planned_status_is_not_billed_and_says_when_to_come_again(endpoint: Server, status: str, name: str) -> None:
    endpoint.plan = FaultPlan(hard=1.0, kinds=(status,), retry_after_sec=1.5)
    bodies = {"chat": chat(), "responses": {"model": "premium", "input": "x"}}
    seen = ask(endpoint.url, bodies.get(name, {"model": "embedding", "input": "x"}), name)
    assert (seen.status, seen.headers["retry-after"]) == (int(status), "1.5")
    assert set(seen.json["error"]) == {"message", "type", "param", "code"}
    (row,) = endpoint.log.settled()
    assert (row.endpoint, row.fault, row.status, row.usd, row.tokens_in) == (name, status, int(status), 0.0, 0)
    assert row.right is None


def test_without_a_plan_for_it_there_is_no_header(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(hard=1.0)
    assert "retry-after" not in ask(endpoint.url, chat()).headers


@pytest.mark.parametrize(("sec", "header"), [(1e6, "1000000"), (0.00001, "0.00001"), (2, "2"), (1e22, "1" + "0" * 22)])
def test_retry_after_has_digits_alone(endpoint: Server, sec: float, header: str) -> None:
    """No client reads 1e+06."""
    endpoint.plan = FaultPlan(hard=1.0, kinds=("429",), retry_after_sec=sec)
    assert ask(endpoint.url, chat()).headers["retry-after"] == header


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["cut", "timeout"])
def test_a_broken_reply_is_never_whole_and_is_billed(endpoint: Server, fault: str, stream: bool) -> None:
    endpoint.plan = FaultPlan(attempts=(fault,), hang_sec=0.0)
    seen = ask(endpoint.url, chat(stream=stream))
    assert not seen.whole
    assert b"[DONE]" not in seen.body
    (row,) = endpoint.log.settled()
    assert (row.fault, row.right, row.usd) == (fault, None, pytest.approx(0.03))
    assert ask(endpoint.url, chat(stream=stream)).whole
    assert [row.attempt for row in endpoint.log.settled()] == [1, 2]


def test_a_client_that_leaves_while_the_server_hangs_pays_in_full(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(attempts=("timeout",))
    with connect(endpoint.url) as connection:
        connection.sendall(raw(chat(), "/v1/chat/completions"))
        endpoint.log.wait_until(lambda rows: bool(rows) and rows[0].usd > 0)
    (row,) = endpoint.log.settled()
    assert (row.fault, row.status, row.client_there, row.usd) == ("timeout", None, False, pytest.approx(0.03))


def test_a_client_that_leaves_a_stream_after_its_first_piece_pays_in_full(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(attempts=("timeout",))
    with connect(endpoint.url) as connection:
        connection.sendall(raw(chat(stream=True)))
        found = b""
        while b"data: " not in found:
            found += connection.recv(65536)
    (row,) = endpoint.log.settled()
    assert (row.fault, row.status, row.client_there, row.usd) == ("timeout", 200, False, pytest.approx(0.03))


def test_a_client_that_leaves_before_its_request_is_whole_pays_nothing(endpoint: Server) -> None:
    with connect(endpoint.url) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{")
        endpoint.log.wait_until(bool)
    (row,) = endpoint.log.settled()
    assert (row.fault, row.status, row.usd, row.client_there) == ("left", None, 0.0, False)


def test_a_plan_holds_for_its_model_alone(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(soft=0.0, models={"premium": FaultPlan(hard=1.0, kinds=("429",))})
    assert [ask(endpoint.url, chat(model=model)).status for model in ("premium", "small", "premium")] == [429, 200, 429]


def test_wrong_answers_look_like_right_ones(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(soft=1.0, right_text="yes", wrong_text="no")
    sums = [int(ask(endpoint.url, chat(f"{n} + 1")).json["choices"][0]["message"]["content"]) for n in range(20)]
    assert all(1 <= total - (n + 1) <= 9 for n, total in enumerate(sums))
    assert ask(endpoint.url, chat()).json["choices"][0]["message"]["content"] == "no"
    assert {(row.fault, row.right, row.status) for row in endpoint.log.settled()} == {("wrong", False, 200)}


@pytest.mark.parametrize(("kind", "arguments"), [("malformed", '{"a": 1'), ("wrong", "{}")])
def test_a_tool_call_fails_softly_in_two_ways(endpoint: Server, kind: str, arguments: str) -> None:
    tool = {"type": "function", "function": {"name": "add"}}
    endpoint.plan = FaultPlan(soft=1.0, soft_kind=kind, tool_arguments={"a": 1})
    (call,) = ask(endpoint.url, chat(tools=[tool])).json["choices"][0]["message"]["tool_calls"]
    assert call["function"]["arguments"] == arguments


def test_a_vector_is_neither_right_nor_wrong(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(soft=1.0)
    ask(endpoint.url, {"model": "embedding", "input": "x"}, "embeddings")
    assert [(row.fault, row.right) for row in endpoint.log.settled()] == [("", None)]


def test_the_log_keeps_a_task_s_name_and_the_client_s_count_but_no_text(endpoint: Server) -> None:
    ask(endpoint.url, chat("a secret"), x_task_key="task 7", x_stainless_retry_count="2")
    ask(endpoint.url, chat("a secret"), x_task_key="t" * 1000, x_stainless_retry_count="-1")
    first, second = endpoint.log.settled()
    assert (first.task, first.client_retry, first.attempt) == ("task 7", 2, 1)
    assert (second.task, second.client_retry, second.attempt) == ("t" * 200, None, 1)
    assert first.prompt_hash == second.prompt_hash
    assert "secret" not in repr(endpoint.log.rows)


def test_equal_prompts_of_two_tasks_are_no_attempts_at_the_same(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(attempts=("429",), hard=0.5, seed=2)
    tasks = [f"task {number}" for number in range(40)]
    assert {ask(endpoint.url, chat(), x_task_key=task).status for task in tasks} == {429}
    assert {ask(endpoint.url, chat(), x_task_key=task).status for task in tasks} == {200, 500}  # drawn for each


def test_a_client_that_grows_tired_of_waiting_pays_in_full() -> None:
    with serve(FaultPlan(soft=0.0), pace=1000.0) as server:
        with connect(server.url) as connection:
            connection.sendall(raw(chat()))
            server.log.wait_until(lambda rows: bool(rows) and rows[0].usd > 0)
        (row,) = server.log.settled()
    assert (row.fault, row.status, row.right, row.client_there) == ("", None, None, False)
    assert row.usd == pytest.approx(0.03)


def test_a_fault_of_the_server_s_own_is_a_500_and_a_row_of_its_own(
    endpoint: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(app, "read_request", stumble)
    seen = ask(endpoint.url, chat())
    assert (seen.status, seen.json["error"]["type"]) == (500, "server_error")
    assert [(row.fault, row.status, row.usd) for row in endpoint.log.settled()] == [("failed", 500, 0.0)]
    assert "a mistake" in caplog.text


def test_five_identical_calls_at_once_pay_five_times(endpoint: Server) -> None:
    connections = [connect(endpoint.url) for _ in range(5)]
    for connection in connections:
        connection.sendall(raw(chat()).replace(b"host: x", b"host: x\r\nconnection: close"))
    assert [read_to_end(connection).count(b"RIGHT") for connection in connections] == [1] * 5
    for connection in connections:
        connection.close()
    rows = endpoint.log.settled()
    assert sorted(row.attempt for row in rows) == [1, 2, 3, 4, 5]
    assert sum(row.usd for row in rows) == pytest.approx(0.15)
