"""Exercise 10: what a service can promise at a rate, where the promise breaks, and which lever comes first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..model import Essay, Exercise, Follows, Misconception, Question
from .drawn_service import draw
from .loaded_service import (
    OTHER_LOADS,
    SHARE,
    LoadedService,
    answered_within,
    breaks_at,
    call_p95,
    hold,
    kept_until,
    loaded,
    other_lever,
    own_load,
    pick_lever,
    places_needed,
    promise,
    share_a_call,
    storm,
    tries_a_call,
    utilisation,
)


def held(g: LoadedService) -> tuple[float, float]:
    """Tries of a request, and seconds for which one of its calls keeps its place."""
    return g.calls * tries_a_call(g), hold(g)


def waits(g: LoadedService) -> tuple[float, float]:
    """The mean wait of a call, and the seconds within which 95% of the calls are answered."""
    return float(loaded(g).mean_wait), call_p95(g)


def storm_rates(g: LoadedService) -> tuple[float, float]:
    """Requests a second up to which there is a calm, and from which a storm does not end."""
    calm_until, storm_from = storm(g, hold(g))
    return calm_until / g.calls, storm_from / g.calls


# ---- what goes wrong --------------------------------------------------------------------------------------

ONE_CALL = "You counted one call a request. Each of its calls takes a place."
NO_TRIES = (
    "You forgot the tries. A call that fails its check keeps its place while it tries again, and each try counts at "
    "the provider."
)
INDEPENDENT = "You let the calls come independently, with a burstiness of 1. They were recorded as burstier than that."
EXPONENTIAL = (
    "You let the seconds of a call scatter like exponential times, with an scv of 1. g.scv says how much they do."
)
PLAIN = "You left out scv and burstiness: without them labkit takes both to be 1. g has the recorded ones."
EMPTY = "That is an empty system, in which no call waits. At this rate many do."


def _full_rates(g: LoadedService) -> list[float]:
    """The rates at which places, requests and tokens are full, the lowest first."""
    return sorted(g.rate / used for used in utilisation(g))


def _held_with(tries: float, g: LoadedService) -> tuple[float, float]:
    return g.calls * tries, tries * g.sec


def _waits_with(g: LoadedService, **other: float) -> tuple[float, float]:
    return float(loaded(g, **other).mean_wait), call_p95(g, **other)


QUESTIONS = (
    Question(
        name="held",
        asks="How many tries does a request make on average, and for how many seconds does a call keep its place? "
        "[tries a request, seconds]",
        unit="tries and s",
        answer=held,
        misconceptions=(
            Misconception(
                "tries_forgotten",
                lambda g: _held_with(1.0, g),
                "That is a design whose every try passes. A call that fails its check is tried again.",
            ),
            Misconception(
                "worst_case",
                lambda g: _held_with(1.0 + g.retries, g),
                "That is the worst case. Most calls pass at once; asked is the average.",
            ),
            Misconception(
                "one_call",
                lambda g: (tries_a_call(g), hold(g)),
                "Your first number is for one call. A request has g.calls of them.",
            ),
            Misconception(
                "whole_request_again",
                lambda g: (
                    g.calls * (1 - (1 - g.p**g.calls) ** (1 + g.retries)) / g.p**g.calls,
                    hold(g),
                ),
                "Your first number makes the whole request again where one call has failed. Only that call is made "
                "again.",
            ),
            Misconception(
                "seconds_of_a_request",
                lambda g: (held(g)[0], g.calls * hold(g)),
                "Your seconds are those of all calls of a request. Asked is one call, with its tries.",
            ),
            Misconception(
                "without_end",
                lambda g: _held_with(1 / g.p, g),
                "That is 1/p, of tries without end. A call makes at most g.retries after the first, and then fails.",
            ),
            Misconception(
                "seconds_of_a_try",
                lambda g: (held(g)[0], g.sec),
                "Your tries are right. The call keeps its place for all of its tries, not for one.",
            ),
            Misconception(
                "calls_for_tries",
                lambda g: (float(g.calls), hold(g)),
                "Your seconds are right. Your first number counts calls; each makes more than one try on average.",
            ),
            Misconception(
                "turned",
                lambda g: held(g)[::-1],
                "The numbers are right, in another order: first the tries, then the seconds.",
            ),
        ),
        hints=(
            "A try is made if all before it have failed, and there are at most g.retries after the first.",
            "tries a call = 1 + q + q**2 + ... up to q**g.retries, with q = 1 - g.p; times g.calls, and times g.sec.",
        ),
        worked=lambda g: (
            f"a call makes (1 - q^{1 + g.retries}) / (1 - q) = {tries_a_call(g):.4f} tries with q = {1 - g.p:.2f}: "
            f"{g.calls} calls make {held(g)[0]:.3f}, and each keeps its place for {hold(g):.3f} s"
        ),
    ),
    Question(
        name="taken",
        asks="Which shares of the places, of the provider's requests a minute and of its tokens a minute does today's "
        "rate take? [places, requests, tokens]",
        unit="fractions",
        answer=utilisation,
        misconceptions=(
            Misconception("one_call", lambda g: tuple(x / g.calls for x in utilisation(g)), ONE_CALL),
            Misconception("tries_forgotten", lambda g: utilisation(g, 1.0), NO_TRIES),
            Misconception(
                "places_twice",
                lambda g: (utilisation(g)[0] / g.places, *utilisation(g)[1:]),
                "You divided by the places twice. Calls a second times seconds a call is how many are in flight; that "
                "is divided once.",
            ),
            Misconception(
                "in_flight",
                lambda g: (utilisation(g)[0] * g.places, *utilisation(g)[1:]),
                "Your first number is how many calls are in flight. Asked is the share of the places that they take.",
            ),
            Misconception(
                "a_second_for_a_minute",
                lambda g: (utilisation(g)[0], *(x / 60 for x in utilisation(g)[1:])),
                "The provider counts by the minute, the rate is by the second: a factor of 60.",
            ),
            Misconception(
                "requests_of_users",
                lambda g: (
                    utilisation(g)[0],
                    *(x / (g.calls * tries_a_call(g)) for x in utilisation(g)[1:]),
                ),
                "You gave the provider the requests of your users. What it counts as a request is a try.",
            ),
            Misconception(
                "limits_without_tries",
                lambda g: (utilisation(g)[0], *utilisation(g, 1.0)[1:]),
                "Your places are right. At the provider you counted calls; each of their tries counts there.",
            ),
            Misconception(
                "per_cent",
                lambda g: tuple(100 * x for x in utilisation(g)),
                "Those are per cent. Asked are shares, as fractions.",
            ),
            Misconception(
                "turned",
                lambda g: utilisation(g)[::-1],
                "The shares are right, in another order: places, requests, tokens.",
            ),
            Misconception(
                "tokens_first",
                lambda g: (utilisation(g)[0], *utilisation(g)[:0:-1]),
                "The shares are right, in another order: requests come before tokens.",
            ),
        ),
        follows=Follows(("held",), lambda g, found: utilisation(g, found[0] / g.calls)),
        hints=(
            "How many tries begin in a second? Each keeps a place for g.sec, and counts for one request and for "
            "g.tokens_a_try tokens.",
            "tries a second = g.rate * tries a request. Times g.sec / g.places, 60 / g.requests_per_min, and 60 * "
            "g.tokens_a_try / g.tokens_per_min; or latency.under_load and latency.provider_limits.",
        ),
        worked=lambda g: (
            f"{g.rate * held(g)[0]:.3f} tries a second take {utilisation(g)[0]:.1%} of the places, "
            f"{utilisation(g)[1]:.1%} of the requests and {utilisation(g)[2]:.1%} of the tokens: the "
            f"{('places', 'requests', 'tokens')[int(np.argmax(utilisation(g)))]} bind"
        ),
        points=2,
    ),
    Question(
        name="waits",
        asks="At today's rate: how long does a call wait for its place on average, and within how many seconds are 95% "
        "of the calls answered, the wait included? [mean wait, p95]",
        unit="s",
        answer=waits,
        misconceptions=(
            Misconception("one_call", lambda g: _waits_with(g, calls=1), ONE_CALL),
            Misconception("tries_forgotten", lambda g: _waits_with(g, service_sec=g.sec), NO_TRIES),
            Misconception("independent", lambda g: _waits_with(g, burstiness=1.0), INDEPENDENT),
            Misconception("exponential", lambda g: _waits_with(g, scv=1.0), EXPONENTIAL),
            Misconception("plain_call", lambda g: _waits_with(g, burstiness=1.0, scv=1.0), PLAIN),
            Misconception(
                "wait_alone",
                lambda g: (waits(g)[0], float(loaded(g).wait_quantile(SHARE))),
                "Your second number is the p95 of the wait alone. The call takes its own seconds after it.",
            ),
            Misconception(
                "mean_added",
                lambda g: (waits(g)[0], hold(g) + float(loaded(g).wait_quantile(SHARE))),
                "You added a call's mean seconds to the p95 of its wait. Its seconds scatter, too: the p95 is that of "
                "the sum.",
            ),
            Misconception(
                "those_that_wait",
                lambda g: (float(loaded(g).mean_wait) / float(loaded(g).p_wait), call_p95(g)),
                "Your first number is the mean of those that wait. The others wait 0 s, and count too.",
            ),
            Misconception(
                "mean_for_quantile",
                lambda g: (waits(g)[0], waits(g)[0] + hold(g)),
                "Your second number is the mean time of a call. A promise for 95% is a quantile.",
            ),
            Misconception(
                "turned",
                lambda g: waits(g)[::-1],
                "The numbers are right, in another order: first the mean wait, then the p95.",
            ),
            Misconception(
                "milliseconds",
                lambda g: tuple(1000 * x for x in waits(g)),
                "Those are milliseconds. Asked are seconds.",
            ),
        ),
        hints=(
            "A call keeps its place for all its tries, a request has several calls, and neither gaps nor seconds are "
            "exponential: all four go in.",
            "load = latency.under_load(g.rate, seconds a call keeps its place, g.places, scv=..., calls=..., "
            "burstiness=...); then load.mean_wait and load.time_quantile(0.95).",
        ),
        worked=lambda g: (
            f"at {utilisation(g)[0]:.1%} of the places {float(loaded(g).p_wait):.0%} of the calls wait (more "
            f"in bursts), {waits(g)[0]:.3f} s on average over all, and 95% are answered within {waits(g)[1]:.2f} s"
        ),
    ),
    Question(
        name="promise",
        asks="Which number of seconds can be promised at today's rate, if in 95% of the requests *no* answer may take "
        "longer? Let the calls of a request be independent.",
        unit="s",
        answer=promise,
        tolerance=0.006,
        misconceptions=(
            Misconception(
                "promised",
                lambda g: g.slo_sec,
                "That is what was promised. Asked is what can be promised at today's rate.",
            ),
            Misconception(
                "one_call",
                call_p95,
                "That is kept by 95% of the calls. A request has several, and each of them can break the promise.",
            ),
            Misconception(
                "quantiles_added",
                lambda g: g.calls * call_p95(g),
                "You added up the calls. Asked is how long the slowest of them takes, not all together.",
            ),
            Misconception(
                "power_for_root",
                lambda g: answered_within(g, SHARE**g.calls),
                "You took a power of 0.95 where it takes a root. All calls must be in time, so each must be so more "
                "often than 95%.",
            ),
            Misconception("empty_system", lambda g: promise(g, requests_per_sec=0.0), EMPTY),
            Misconception(
                "tries_forgotten",
                lambda g: promise(g, service_sec=g.sec),
                NO_TRIES,
            ),
            Misconception("independent", lambda g: promise(g, burstiness=1.0), INDEPENDENT),
            Misconception("exponential", lambda g: promise(g, scv=1.0), EXPONENTIAL),
            Misconception(
                "plain_call",
                lambda g: promise(g, burstiness=1.0, scv=1.0),
                PLAIN,
            ),
        ),
        hints=(
            "If a call is in time with probability s, all g.calls are with s**g.calls. Which s makes that 0.95?",
            "load.time_quantile(0.95 ** (1 / g.calls)), with the load of the question before.",
        ),
        worked=lambda g: (
            f"0.95^(1/{g.calls}) = {share_a_call(g):.4f} of the calls must be in time: {promise(g):.2f} s, where 95% "
            f"of the calls take {call_p95(g):.2f} s. If the gaps are all there is to know, calls of one request meet "
            "the same crowds, and a few more requests keep it; the cell below shows what the gaps do not say"
        ),
        points=2,
    ),
    Question(
        name="breaks_at",
        asks="Up to which rate is g.slo_sec kept (in 95% of the requests no answer takes longer), and at which rate is "
        "the first of places, requests and tokens full? [keeps the promise, full]",
        unit="requests a second",
        answer=breaks_at,
        tolerance=0.002,
        misconceptions=(
            Misconception(
                "full_is_late",
                lambda g: (breaks_at(g)[1], breaks_at(g)[1]),
                "You let the promise hold until something is full. Waits grow long before that, and the promise goes "
                "first.",
            ),
            Misconception(
                "one_call",
                lambda g: (kept_until(g, SHARE), breaks_at(g)[1]),
                "Up to your first rate 95% of the calls are in time. A request has several, and each can break the "
                "promise.",
            ),
            Misconception(
                "loosest",
                lambda g: (breaks_at(g)[0], g.rate / min(utilisation(g))),
                "Your second rate fills the last of the three. The first one ends it.",
            ),
            Misconception(
                "calls_not_requests",
                lambda g: (g.calls * breaks_at(g)[0], g.calls * breaks_at(g)[1]),
                "Those are calls a second. Asked are requests.",
            ),
            Misconception(
                "one_call_a_request",
                lambda g: (g.calls * breaks_at(g)[0], breaks_at(g)[1]),
                ONE_CALL,
            ),
            Misconception(
                "second_limit",
                lambda g: (breaks_at(g)[0], _full_rates(g)[1]),
                "Your second rate fills one of the three. Another is full before it: take the largest share.",
            ),
            Misconception(
                "tries_forgotten",
                lambda g: (
                    kept_until(g, share_a_call(g), g.sec),
                    g.rate / max(utilisation(g, 1.0)),
                ),
                NO_TRIES,
            ),
            Misconception(
                "independent",
                lambda g: (kept_until(replace(g, burstiness=1.0), share_a_call(g)), breaks_at(g)[1]),
                INDEPENDENT,
            ),
            Misconception(
                "exponential",
                lambda g: (kept_until(replace(g, scv=1.0), share_a_call(g)), breaks_at(g)[1]),
                EXPONENTIAL,
            ),
            Misconception(
                "turned",
                lambda g: breaks_at(g)[::-1],
                "The numbers are right, in another order: first the rate that keeps the promise.",
            ),
        ),
        follows=Follows(("taken",), lambda g, found: (kept_until(g, share_a_call(g)), g.rate / max(found))),
        hints=(
            "The first rate is found by trying: labkit does that. The second is today's rate over the largest share "
            "that it takes.",
            "latency.largest_rate(g.slo_sec, seconds a call keeps its place, g.places, share=0.95 ** (1 / g.calls), "
            "scv=..., calls=..., burstiness=...); and g.rate / max(taken).",
        ),
        worked=lambda g: (
            f"{g.slo_sec:g} s are kept up to {breaks_at(g)[0]:.3f} requests a second, today's are {g.rate:g}, and at "
            f"{breaks_at(g)[1]:.3f} the first of the three is full: by then the promise is long broken"
            if breaks_at(g)[0] < 0.9 * breaks_at(g)[1]
            else f"{g.slo_sec:g} s are kept up to {breaks_at(g)[0]:.3f} requests a second, today's are {g.rate:g}, and "
            f"at {breaks_at(g)[1]:.3f} the first of the three is full"
        ),
        points=2,
    ),
    Question(
        name="first_lever",
        asks="From next month on g.coming_rate come. Which of g.levers, taken alone, gives the shortest p95 of a call "
        "that takes a place, and which p95? [number of the lever, from 1; s]",
        unit="number and s",
        answer=pick_lever,
        misconceptions=(
            Misconception(
                "by_utilisation",
                lambda g: pick_lever(g, utilised=True),
                "That lever leaves the most places free. Once hardly any call waits, free places no longer help: then "
                "a call's own seconds decide, and their tail.",
            ),
            Misconception("empty_system", lambda g: pick_lever(g, requests_per_sec=0.0), EMPTY),
            Misconception(
                "todays_rate",
                lambda g: pick_lever(g, requests_per_sec=g.rate),
                "That is at today's rate. The levers have to bear g.coming_rate.",
            ),
            Misconception(
                "tries_forgotten",
                lambda g: pick_lever(g, tries=1.0),
                NO_TRIES,
            ),
            Misconception("independent", lambda g: pick_lever(g, burstiness=1.0), INDEPENDENT),
            Misconception(
                "exponential",
                lambda g: pick_lever(g, scv=1.0),
                "You let the seconds of a call scatter like exponential times, with an scv of 1. Each row has its own.",
            ),
            *(
                Misconception(
                    f"another_{place + 1}",
                    lambda g, place=place: other_lever(g, place),
                    "That is the p95 of this lever. Another row has a shorter one.",
                )
                for place in range(3)
            ),
            Misconception(
                "from_zero",
                lambda g: (pick_lever(g)[0] - 1, pick_lever(g)[1]),
                "You counted the levers from 0. Counted from 1 its number is one more.",
            ),
        ),
        hints=(
            "Each row of g.levers is a whole design: work out the seconds for which its calls keep their places, then "
            "its load at g.coming_rate, then its p95.",
            "for name, places, calls, sec, scv, p, retries in g.levers: tries = (1 - (1 - p)**(retries + 1)) / p; "
            "latency.under_load(g.coming_rate, tries * sec, places, scv=scv, calls=calls, burstiness=g.burstiness)."
            "time_quantile(0.95).",
        ),
        worked=lambda g: (
            f"{_name_lever(g, pick_lever(g)[0])}, with {pick_lever(g)[1]:.2f} s; {_name_lever(g, _idle(g)[0])} "
            f"has the lowest utilisation, and {_idle(g)[1]:.2f} s"
        ),
        points=2,
    ),
    Question(
        name="storm",
        asks="Now clients give a call up after g.patience_sec and ask for it again at once, at most g.client_retries "
        "times; a call that was given up keeps its place to its end. Calls come independently. Up to which rate is "
        "there a calm, and from which rate does a storm, once it has begun, not end? [calm until, storm from]",
        unit="requests a second",
        answer=storm_rates,
        misconceptions=(
            Misconception(
                "calls_not_requests",
                lambda g: storm(g, hold(g)),
                "Those are calls a second. A request has several calls.",
            ),
            Misconception(
                "turned",
                lambda g: storm_rates(g)[::-1],
                "The numbers are right, in another order. A storm can last at rates at which there is a calm, too.",
            ),
            Misconception(
                "retries_for_tries",
                lambda g: (storm_rates(g)[0], storm_rates(g)[1] * (1 + g.client_retries) / g.client_retries),
                "Your second rate counts the clients' retries. The first try of each call takes a place, too.",
            ),
            Misconception(
                "tries_forgotten",
                lambda g: tuple(x / g.calls for x in storm(g, g.sec)),
                NO_TRIES,
            ),
            Misconception("exponential", lambda g: storm_rates(replace(g, scv=1.0)), EXPONENTIAL),
            Misconception(
                "until_full",
                lambda g: (g.places / hold(g) / g.calls, storm_rates(g)[1]),
                "Up to your first rate the places are not full. The calm ends before that, for the calls that are late "
                "by chance are made again, too.",
            ),
        ),
        hints=(
            "In a storm every call is late, so every call is made as often as it can be. When is that more than the "
            "places serve?",
            "latency.retry_storm(g.rate * g.calls, seconds a call keeps its place, g.places, timeout_sec=..., "
            "retries=..., scv=...) counts calls: divide calm_until and storm_from by g.calls.",
        ),
        worked=lambda g: (
            f"the places serve {g.places / hold(g) / g.calls:.3f} requests a second, a storm makes "
            f"{1 + g.client_retries} calls of each: it does not end from {storm_rates(g)[1]:.3f} on. There is a calm "
            f"up to {storm_rates(g)[0]:.3f}, the largest of x / A(x) over all x: x requests a second, of which so many "
            "calls are late that each is made A(x) times. Between the two the past decides. A little below the calm's "
            "end a crowd that comes by chance ends it, too; a little below the other rate a storm ends, but slowly"
        ),
    ),
    Question(
        name="places_needed",
        asks="Write a function places_needed(load) -> the fewest places at which a share of the calls is answered "
        "within so many seconds. A load is (rate, calls, sec, scv, burstiness, within_sec, share): requests a second, "
        "calls of a request, and of a call the seconds for which it keeps its place, with their scatter.",
        unit="places",
        answer=places_needed,
        whole=True,
        inputs=lambda g: (own_load(g), *OTHER_LOADS[:2]),
        hidden=lambda g, rng: [OTHER_LOADS[int(i)] for i in 2 + rng.permutation(len(OTHER_LOADS) - 2)[:5]],
        misconceptions=(
            Misconception(
                "not_full",
                lambda g, load: places_needed(g, load, "not full"),
                "So many places are not full, and the queue ends. That does not yet keep a promise.",
            ),
            Misconception("one_call", lambda g, load: places_needed(g, load, calls=1), ONE_CALL),
            Misconception("independent", lambda g, load: places_needed(g, load, burstiness=1.0), INDEPENDENT),
            Misconception("exponential", lambda g, load: places_needed(g, load, scv=1.0), EXPONENTIAL),
            Misconception(
                "wait_alone",
                lambda g, load: places_needed(g, load, "begun"),
                "With so many places the wait alone keeps the limit. The answer takes its own seconds after it.",
            ),
            Misconception(
                "mean_in_time",
                lambda g, load: places_needed(g, load, "on the mean"),
                "With so many places the mean keeps the limit. The promise is for a share of the calls.",
            ),
            Misconception(
                "share_ignored",
                lambda g, load: places_needed(g, load, wanted=SHARE),
                "You took 95% for every load. The last number of a load is the share that it asks for.",
            ),
        ),
        hints=(
            "Try 1 place, 2, 3 and so on, and stop at the first that is enough.",
            "latency.under_load(...).time_within(within_sec) >= share; places may be an array, such as "
            "np.arange(1, 400).",
        ),
        worked=lambda g: (
            f"for your own load {places_needed(g, own_load(g)):g} places, where {g.places} are there; with fewer than "
            f"{places_needed(g, own_load(g), 'not full'):g} the queue would have no end"
        ),
        points=2,
    ),
)


def _name_lever(g: LoadedService, number: float) -> str:
    """A lever, counted from 1, in words."""
    return str(g.levers[int(number) - 1][0])


def _idle(g: LoadedService) -> tuple[float, float]:
    """The lever that leaves most places free, and its p95."""
    return pick_lever(g, utilised=True)


ESSAYS = (
    Essay(
        name="what-to-promise",
        asks="What would you promise, and at which rate? When does no formula serve? Say what the promise is (whose "
        "seconds, which share, up to which rate); what breaks first above it, with the order of the rates; which lever "
        "you take first, and what it costs in something other than seconds; how you keep clients' retries from a "
        "storm; and what you would look at in recorded arrivals before you believe the law. Six sentences.",
        points=5,
        rubric="One point for each: a promise with its seconds, its share, of requests and not of calls, and the rate "
        "up to which it is kept, with room below; the order of the rates, the promise before the first limit, and "
        "which of places, requests and tokens that is; a lever by p95 at the coming rate, with what it costs (places, "
        "right answers, a step); retries that are bounded by a budget, or a patience well above the promise, with the "
        "rate from which a storm does not end; that bursts and drift are to be looked for in recorded arrivals, by a "
        "shuffle, and that a rate that drifts, or comes near 1, has to be replayed and not computed.",
    ),
)

EXERCISE = Exercise(
    name="promise_a_p95",
    number="10",
    title="Promise a p95",
    minutes=35,
    difficulty="advanced",
    objective="For a design under load, say what can be promised, at which rate the promise breaks, and which lever "
    "comes first.",
    text=LoadedService(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
