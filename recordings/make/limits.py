"""Limiters of the loopback server.

In: instants of the recording's clock (epoch seconds) and what a request used. Out: None (let it through) or a `Refusal`.
Every limiter has `check(t)`, `admit(t)`, `done(t, tokens)` and keeps its own state; `events` is what happened to it.
They are the truth of a recording, so nothing here looks at what a client did or will log.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Refusal:
    """What is sent instead of an answer: a status, the name of a body in texts.py, and a Retry-After in seconds or None."""

    status: int
    text: str
    retry_after: int | None = None
    facts: dict = field(default_factory=dict)


class Limit:
    cause = ""
    name = ""

    def __init__(self) -> None:
        self.events: list[dict] = []

    def check(self, t: float) -> Refusal | None:
        raise NotImplementedError

    def admit(self, t: float) -> None:
        pass

    def done(self, t: float, tokens: int) -> None:
        pass

    def truth(self) -> dict:
        """The limiter's parameters, as TRUTH.json shows them."""
        raise NotImplementedError


class Cap(Limit):
    """A semaphore: n requests in flight. A slot comes back `lag_s` after the answer ended."""

    cause, name = "concurrency_cap", "cap"

    def __init__(self, n: int, text: str, status: int = 429, retry_after: int | None = None, lag_s: float = 0.0,
                 until: float | None = None) -> None:
        super().__init__()
        self.n, self.lag_s, self.until = n, lag_s, until
        self.refusal = Refusal(status, text, retry_after, {"cap": n})
        self.held = 0
        self.returning: deque[float] = deque()

    def check(self, t: float) -> Refusal | None:
        while self.returning and self.returning[0] <= t:
            self.returning.popleft()
            self.held -= 1
        if self.until is not None and t >= self.until:
            return None
        return self.refusal if self.held >= self.n else None

    def admit(self, t: float) -> None:
        self.held += 1

    def done(self, t: float, tokens: int) -> None:
        self.returning.append(t + self.lag_s)

    def truth(self) -> dict:
        return {"type": "cap", "n": self.n, "slot_lag_s": self.lag_s, "until": self.until}


class Window(Limit):
    """A quota of tokens or requests in a window: "fixed" (anchored), "first_use" (opened by an admission), or "rolling"."""

    cause, name = "token_window", "window"

    def __init__(self, kind: str, minutes: int, quota: int, text: str, status: int = 429, unit: str = "tokens",
                 ends: float | None = None, used: int = 0, retry_after: int | None = None, name: str = "window") -> None:
        """`ends` is when the window that is open at the start ends, `used` what was taken from it before."""
        super().__init__()
        self.name = name
        self.kind, self.minutes, self.quota, self.unit = kind, minutes, quota, unit
        self.refusal = Refusal(status, text, retry_after)
        self.ends, self.used, self.used_before = ends, used, used
        self.first_end = ends
        self.recent: deque[tuple[float, int]] = deque()
        self.full = False

    def _turn(self, t: float) -> None:
        length = self.minutes * 60
        if self.kind == "rolling":
            while self.recent and self.recent[0][0] <= t - length:
                self.used -= self.recent.popleft()[1]
        else:
            while self.ends is not None and t >= self.ends:
                self.events.append({"event": "window_end", "at": self.ends, "used": self.used, "was_full": self.full})
                self.used = 0
                self.ends = self.ends + length if self.kind == "fixed" else None
        if self.full and self.used < self.quota:
            self.full = False
            self.events.append({"event": "free", "at": t, "used": self.used})

    def check(self, t: float) -> Refusal | None:
        self._turn(t)
        if self.used < self.quota:
            return None
        self.refusal.facts = {"resets_at": self.ends, "minutes": self.minutes}
        return self.refusal

    def admit(self, t: float) -> None:
        if self.kind == "first_use" and self.ends is None:
            self.ends = t + self.minutes * 60
            self.events.append({"event": "opened", "at": t})
        if self.unit == "requests":
            self._use(t, 1)

    def done(self, t: float, tokens: int) -> None:
        self._turn(t)
        if self.unit == "tokens":
            self._use(t, tokens)

    def _use(self, t: float, amount: int) -> None:
        self.used += amount
        if self.kind == "rolling":
            self.recent.append((t, amount))
        if self.used >= self.quota and not self.full:
            self.full = True
            self.events.append({"event": "full", "at": t, "used": self.used, "ends": self.ends})

    def share(self, t: float) -> tuple[int, float | None]:
        """Whole percent used and the reset, as a usage page shows them."""
        self._turn(t)
        return min(100, int(100 * self.used / self.quota)), self.ends

    def truth(self) -> dict:
        return {"type": "window", "kind": self.kind, "minutes": self.minutes, "quota": self.quota, "unit": self.unit,
                "first_end": self.first_end, "used_before_recording": self.used_before}


class PerMinute(Limit):
    """A bucket of requests or tokens that refills evenly within a minute; refused requests may take from it too."""

    cause, name = "rate_per_minute", "per_minute"

    def __init__(self, per_minute: int, text: str, unit: str = "requests", counts_refusals: bool = False,
                 retry_after: bool = False, status: int = 429) -> None:
        super().__init__()
        self.rate, self.unit, self.counts_refusals, self.tell = per_minute, unit, counts_refusals, retry_after
        self.status, self.text = status, text
        self.level, self.at = float(per_minute), None

    def check(self, t: float) -> Refusal | None:
        if self.at is not None:
            self.level = min(self.rate, self.level + (t - self.at) * self.rate / 60)
        self.at = t
        need = 1 if self.unit == "requests" else 0
        if self.level > 0 and self.level >= need:
            return None
        wait = max(1, int((1 + need - self.level) * 60 / self.rate))
        if self.counts_refusals:
            self.level = max(-self.rate, self.level - 1)
        return Refusal(self.status, self.text, wait if self.tell else None,
                       {"limit": self.rate, "wait": wait, "used": int(self.rate - self.level)})

    def admit(self, t: float) -> None:
        if self.unit == "requests":
            self.level -= 1

    def done(self, t: float, tokens: int) -> None:
        if self.unit == "tokens":
            self.level -= tokens

    def truth(self) -> dict:
        return {"type": "per_minute", "per_minute": self.rate, "unit": self.unit, "counts_refusals": self.counts_refusals}


class Overload(Limit):
    """The provider has no room: bursts between `start` and `end`, and inside a burst each request is refused with `odds`."""

    cause, name = "overload", "overload"

    def __init__(self, seed: int, start: float, end: float, burst_s: float, calm_s: float, odds: float,
                 answers: list[tuple[int, str]]) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.span, self.odds, self.answers = (start, end), odds, answers
        self.bursts: list[tuple[float, float]] = []
        t = start
        while t < end:
            until = min(end, t + self.random.expovariate(1 / burst_s) + burst_s / 4)
            self.bursts.append((t, until))
            t = until + self.random.expovariate(1 / calm_s) + calm_s / 4

    def check(self, t: float) -> Refusal | None:
        if any(a <= t < b for a, b in self.bursts) and self.random.random() < self.odds:
            status, text = self.random.choice(self.answers)
            return Refusal(status, text)
        return None

    def truth(self) -> dict:
        return {"type": "overload", "bursts": self.bursts, "odds": self.odds, "answers": self.answers}


class Denied(Limit):
    """Everything is refused from `start` to `end`, whatever is sent: a key, a balance, an account."""

    name = "denied"

    def __init__(self, cause: str, start: float, end: float, status: int, text: str) -> None:
        super().__init__()
        self.cause, self.span = cause, (start, end)
        self.refusal = Refusal(status, text)

    def check(self, t: float) -> Refusal | None:
        return self.refusal if self.span[0] <= t < self.span[1] else None

    def truth(self) -> dict:
        return {"type": "denied", "from": self.span[0], "to": self.span[1], "status": self.refusal.status}


class Cut(Limit):
    """The network is gone from `start` to `end`: "closed" (no listener, open connections reset) or "hang" (nothing comes back)."""

    cause, name = "network", "cut"

    def __init__(self, start: float, end: float, how: str = "closed") -> None:
        super().__init__()
        self.span, self.how = (start, end), how

    def check(self, t: float) -> Refusal | None:
        return None

    def truth(self) -> dict:
        return {"type": "cut", "from": self.span[0], "to": self.span[1], "how": self.how}
