"""The same reply in any batch and order; bills; the prefix cache; what a call may be."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import dataclasses
import hashlib
import pickle
import random
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit_agents import pocket
from labkit_agents.pocket import models

NAMES = ("small", "premium")
BATCHES = (1, 7, 64, 256)


def fresh(name: str) -> pocket.PocketModel:
    return getattr(pocket, name)()


def mixed_calls(n: int) -> list[pocket.Call]:
    """Calls of every length, at four temperatures, two lengths of reply, with three prefixes."""
    return [
        pocket.Call(
            pocket.write_sum(numbers),
            prefix=("", "add", "you add numbers and say the sum")[i % 3],
            id=str(i % 100),
            seed=i // 100,
            temperature=(1.0, 0.0, 0.5, 2.0)[i % 4],
            max_tokens=(8, 3)[i % 5 == 0],
        )
        for i, numbers in enumerate(pocket.draw_sums(n, 11, (1, 2, 3, 4, 6)))
    ]


def said(replies: list[pocket.Reply]) -> list[tuple]:
    """All of a reply but its time on the wall and what the prefix cache did to its bill."""
    return [(r.text, r.finish, r.log_probs, r.tokens_in, r.tokens_out) for r in replies]


def in_batches(model: pocket.PocketModel, calls: list[pocket.Call], size: int) -> list[pocket.Reply]:
    return [reply for i in range(0, len(calls), size) for reply in model.complete(calls[i : i + size])]


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("small", 300),
        ("premium", 40),
        pytest.param("small", 10_000, marks=pytest.mark.slow),
        pytest.param("premium", 1_500, marks=pytest.mark.slow),
    ],
)
def test_replies_and_log_probabilities_are_the_same_in_every_batch_size_and_order(name: str, n: int) -> None:
    calls = mixed_calls(n)
    at_once = said(fresh(name).complete(calls))
    assert len({text for text, *_ in at_once}) > n // 10
    for size in BATCHES:
        assert said(in_batches(fresh(name), calls, size)) == at_once
    order = random.Random(1).sample(range(n), n)
    shuffled = said(in_batches(fresh(name), [calls[i] for i in order], 64))
    assert [reply for _, reply in sorted(zip(order, shuffled, strict=True))] == at_once


@pytest.mark.slow
def test_ten_thousand_premium_replies_are_the_same_in_every_batch_size() -> None:
    calls = mixed_calls(10_000)
    at_once = said(fresh("premium").complete(calls))
    for size in BATCHES:
        assert said(in_batches(fresh("premium"), calls, size)) == at_once


@pytest.mark.parametrize("name", NAMES)
def test_another_id_or_seed_is_another_draw_and_the_same_call_the_same(name: str) -> None:
    hot = pocket.Call("999+888+777+666=", temperature=3.0)
    other = [dataclasses.replace(hot, id=str(i)) for i in range(50)] + [
        dataclasses.replace(hot, seed=i) for i in range(50)
    ]
    texts = [reply.text for reply in fresh(name).complete([*other, hot, hot])]
    assert len(set(texts)) > 40
    assert texts[-1] == texts[-2] == texts[50]  # seed 0 is the default


@pytest.mark.parametrize("name", NAMES)
def test_greedy_replies_do_not_depend_on_the_stream(name: str) -> None:
    calls = [pocket.Call("999+888+777+66=", id=str(i), seed=i, temperature=0) for i in range(20)]
    assert len({reply.text for reply in fresh(name).complete(calls)}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_bills_are_the_card_times_the_tokens_and_never_above_the_worst_case(name: str) -> None:
    model = fresh(name)
    for call, reply in zip(mixed_calls(300), model.complete(mixed_calls(300)), strict=True):
        new, card = reply.tokens_in - reply.tokens_cached, model.card
        usd = card.usd_in * new + card.usd_cached * reply.tokens_cached + card.usd_out * reply.tokens_out
        assert reply.usd == pytest.approx(usd, rel=1e-12)
        assert reply.sec == pytest.approx(
            card.sec_call + card.sec_in * new + card.sec_out * reply.tokens_out, rel=1e-12
        )
        assert reply.tokens_in == len(call.prefix) + len(call.prompt)
        assert reply.tokens_out == len(reply.log_probs) == len(reply.text) + (reply.finish == "stop")
        assert reply.tokens_out <= call.max_tokens
        worst = model.worst_case(call)
        assert reply.usd <= worst.usd
        assert reply.sec <= worst.sec


def test_a_prefix_is_paid_once_and_then_comes_from_the_cache() -> None:
    model, prefix = pocket.premium(), "a long prefix " * 10
    calls = [pocket.Call("1+2=", prefix=prefix, id=str(i)) for i in range(3)]
    assert [reply.tokens_cached for reply in model.complete(calls)] == [0, 140, 140]
    first, again = pocket.premium().complete(calls[:1])[0], model.complete(calls[:1])[0]
    assert (again.tokens_cached, again.text, again.log_probs) == (140, first.text, first.log_probs)
    assert first.usd - again.usd == pytest.approx(140 * (model.card.usd_in - model.card.usd_cached))
    assert first.sec - again.sec == pytest.approx(140 * model.card.sec_in)
    model.forget_prefixes()
    assert model.complete(calls[:1])[0].tokens_cached == 0


def test_a_cached_prefix_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    real = models.read_prefix
    monkeypatch.setattr(models, "read_prefix", lambda weights, x: read.append(x.shape[1]) or real(weights, x))
    model = pocket.small()
    for i in range(5):
        model.complete([pocket.Call("1+2=", prefix="add up", id=str(i)), pocket.Call("3=", prefix="sum")])
    assert read == [6, 3]


def test_the_cache_forgets_the_prefix_used_longest_ago() -> None:
    model = pocket.small()
    prefixes = ["a" * (i + 1) for i in range(models.PREFIXES_KEPT + 1)]
    model.complete([pocket.Call("1=", prefix=prefix) for prefix in prefixes])
    kept = [model.complete([pocket.Call("1=", prefix=prefix)])[0].tokens_cached for prefix in prefixes[::-1]]
    assert kept[:-1] == [len(prefix) for prefix in prefixes[:0:-1]]
    assert kept[-1] == 0


def test_a_prefix_that_is_used_again_is_not_the_one_to_make_room() -> None:
    model = pocket.small()
    prefixes = ["a" * (i + 1) for i in range(models.PREFIXES_KEPT)]
    for prefix in (*prefixes, "a", "new"):
        model.complete([pocket.Call("1=", prefix=prefix)])
    kept = model.complete([pocket.Call("1=", prefix=prefix) for prefix in ("a", "aa")])
    assert [reply.tokens_cached for reply in kept] == [1, 0]


def test_of_threads_that_bring_a_new_prefix_together_one_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    real, together = models.read_prefix, threading.Barrier(2)

    def slow(*args: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(0.2)  # a second thread that came this far would not wait for the first
        return real(*args)

    monkeypatch.setattr(models, "read_prefix", slow)
    model, cached = pocket.small(), []
    call = pocket.Call("1+2=", prefix="add up")
    threads = [threading.Thread(target=lambda: cached.append(model.complete([call])[0].tokens_cached)) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(cached) == [0, 6]


def test_threads_share_a_model_without_harm() -> None:
    model, calls = pocket.small(), mixed_calls(200)
    expected, found = said(fresh("small").complete(calls)), [None] * 8

    def work(slot: int) -> None:
        found[slot] = said(model.complete(calls))  # type: ignore[call-overload]

    threads = [threading.Thread(target=work, args=(slot,)) for slot in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_acomplete_gives_the_same_replies() -> None:
    calls = mixed_calls(50)
    assert said(asyncio.run(pocket.small().acomplete(calls))) == said(pocket.small().complete(calls))


def test_no_calls_give_no_replies() -> None:
    assert pocket.small().complete([]) == []


@given(st.text(max_size=20), st.integers(0, 2**70), st.floats(0, 1e300), st.integers(1, 10**9))
def test_any_id_seed_temperature_and_limit_gives_a_reply(id: str, seed: int, temperature: float, limit: int) -> None:
    call = pocket.Call("12+345=", id=id, seed=seed, temperature=temperature, max_tokens=limit)
    (reply,) = pocket.small().complete([call])
    assert 1 <= reply.tokens_out <= min(limit, 16)
    assert reply.log_prob is not None
    assert reply.log_prob <= 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"prompt": ""}, "prompt must not be empty"),
        ({"prompt": 7}, "prompt must be text, got 7"),
        ({"prefix": None}, "prefix must be text, got None"),
        ({"id": 3}, "id must be text, got 3"),
        ({"seed": -1}, "seed must be a whole number, 0 or more, got -1"),
        ({"seed": 1.5}, "seed must be a whole number, 0 or more, got 1.5"),
        ({"max_tokens": 0}, "max_tokens must be a whole number, 1 or more, got 0"),
        ({"max_tokens": True}, "max_tokens must be a whole number, 1 or more, got True"),
        ({"temperature": -0.1}, "temperature must be zero or more, got -0.1"),
        ({"temperature": float("nan")}, "temperature must be finite, got nan"),
        ({"temperature": [0.5, 1.0]}, "temperature must be one number, got"),
        ({"id": "\ud800"}, "id must be text, got"),
    ],
)
def test_a_bad_call_is_refused(fields: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pocket.Call(**{"prompt": "1=", **fields})


@pytest.mark.parametrize("calls", ["1+2=", pocket.Call("1="), None, ["1+2="]])
def test_what_is_no_list_of_calls_is_refused(calls: object) -> None:
    with pytest.raises(ValueError, match="calls must be"):
        pocket.small().complete(calls)  # type: ignore[arg-type]


def test_one_bad_prompt_refuses_the_list_before_anything_is_read() -> None:
    model = pocket.small()
    with pytest.raises(ValueError, match="got 'hello'"):
        model.complete([pocket.Call("1=", prefix="add"), pocket.Call("hello", prefix="add")])
    assert model.complete([pocket.Call("1=", prefix="add")])[0].tokens_cached == 0


def test_a_price_card_refuses_what_cannot_be_billed() -> None:
    with pytest.raises(ValueError, match="usd_out must be zero or more, got -1"):
        pocket.PriceCard(0, 0, -1)
    with pytest.raises(ValueError, match="usd_in must be one number"):
        pocket.PriceCard([1.0, 2.0], 0, 0)  # type: ignore[arg-type]


def test_a_cached_token_is_never_dearer_so_that_the_worst_case_is_the_worst() -> None:
    with pytest.raises(ValueError, match=r"usd_cached must be at most usd_in \(1\), got 2"):
        pocket.PriceCard(1, 2, 0)


@pytest.mark.parametrize(("name", "digest"), [("small", "84288da1e1829d72"), ("premium", "b45e38ec98111ba0")])
def test_replies_are_to_the_last_bit_those_of_other_machines(name: str, digest: str) -> None:
    """Found alike with numpy 1.26 and 2.4, with and without AVX, and with three kernels of OpenBLAS."""
    replies = fresh(name).complete(mixed_calls(1_000))
    assert hashlib.sha256(repr(said(replies)).encode()).hexdigest()[:16] == digest


def test_models_compare_hash_copy_and_pickle_by_what_they_write() -> None:
    one = pocket.small()
    one.complete([pocket.Call("1+2=", prefix="add these", temperature=0)])
    again = pickle.loads(pickle.dumps(one))
    assert one == pocket.small() == copy.deepcopy(one) == again
    assert hash(one) == hash(again)
    assert one != pocket.premium()
    assert one != models.PocketModel("small", one.weights, models.PREMIUM_CARD)
    assert one != models.PocketModel("small", pocket.premium().weights, one.card)
    call = pocket.Call("12+345=", prefix="add these", temperature=0)
    assert again.complete([call])[0].tokens_cached == 0
    assert again.complete([call])[0].text == one.complete([call])[0].text
