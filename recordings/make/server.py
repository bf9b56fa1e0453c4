"""The loopback server: answers like a provider, refuses by the limiters of limits.py, and writes down what it did.

In: HTTP on 127.0.0.1 from a client under recording. Out: streamed answers of neutral text and small tool calls, and `requests`,
the true list (one dict a request, in the order of arrival). Its clock is `Clock`: true time, or true time made faster.
Paths are recognised by their end: /chat/completions, /responses, /messages, :streamGenerateContent, :generateContent, /usages,
/models; anything else is 404.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import time
from dataclasses import dataclass, field

import texts
from limits import Cap, Cut, Limit, Refusal, Window

# Tools of the recorded clients that run a command, with the arguments each of them wants.
SHELLS = {
    "Bash": lambda c: {"command": c, "description": "small check"},
    "Shell": lambda c: {"command": c},
    "bash": lambda c: {"command": c, "description": "small check"},
    "exec_command": lambda c: {"cmd": c},
    "shell_command": lambda c: {"command": c},
    "shell": lambda c: {"command": ["bash", "-lc", c]},
    "run_shell_command": lambda c: {"command": c, "description": "small check"},
}
COMMANDS = ["ls src | sort", "tail -2 notes.md", "wc -c src/util.py", "head -3 src/check.py", "ls | wc -l"]
# What a request for an answer ends with; all else is asked beside it.
MODEL_PATHS = ("/chat/completions", "/responses", "/messages", "enerateContent")
SAYINGS = ["I will look at the next part.", "The names agree.", "One more check.", "The notes match so far."]
ENDINGS = ["Done. The notes match the code.", "Done. Nothing had to change.", "Done. One name was made shorter."]


class Clock:
    """Epoch seconds of the recording: `begin` when it starts, then `speed` times as fast as true time."""

    def __init__(self, begin: float | None = None, speed: float = 1.0) -> None:
        self.real0 = time.time()
        self.begin = self.real0 if begin is None else begin
        self.speed = speed

    def now(self) -> float:
        return self.begin + (time.time() - self.real0) * self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)


@dataclass
class Plan:
    """How answers look: median seconds and spread of a request, tokens of the first request and of each further one."""

    median_s: float = 12.0
    spread: float = 0.6
    longest_s: float = 90.0
    first_tokens: int = 9000
    step_tokens: int = 1400
    output_tokens: int = 320
    steps: tuple[int, int] = (2, 6)


@dataclass
class Server:
    clock: Clock
    limits: list[Limit]
    plan: Plan
    seed: int = 1
    port: int = 8399
    headers: str = ""  # "codex": usage headers of the windows on every answer
    usage_windows: dict = field(default_factory=dict)  # "5h" and "7d" for GET /usages
    parallel: int = 20
    otlp: str = ""  # file that OpenTelemetry logs are appended to
    fan: int = 0  # subagents asked for in the first answer of a turn
    extra: object = None  # callable(server, refusal limit or None, refusal or None) -> header text

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.requests: list[dict] = []
        self.inflight = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.listener: asyncio.Server | None = None
        self.cuts = [limit for limit in self.limits if isinstance(limit, Cut)]

    # ---- life ----

    async def run(self) -> None:
        """Listens, and takes the listener away while a cut lasts."""
        await self._listen()
        for cut in self.cuts:
            await self.clock.sleep(cut.span[0] - self.clock.now())
            cut.events.append({"event": "cut", "at": self.clock.now()})
            if cut.how == "closed":
                self.listener.close()
            for writer in list(self.open):
                writer.transport.abort()
            await self.clock.sleep(cut.span[1] - self.clock.now())
            for writer in list(self.open):
                writer.transport.abort()
            if cut.how == "closed":
                await self._listen()
            cut.events.append({"event": "back", "at": self.clock.now()})

    async def _listen(self) -> None:
        self.listener = await asyncio.start_server(self._connection, "127.0.0.1", self.port, limit=1 << 24)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        try:
            await self._one(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in head[1:] if ":" in line)}
        body = b""
        if "chunked" in headers.get("transfer-encoding", ""):
            while size := int((await reader.readline()).split(b";")[0], 16):
                body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        elif "content-length" in headers:
            body = await reader.readexactly(int(headers["content-length"]))
        path = path.split("?")[0]
        if path.endswith(MODEL_PATHS) and any(c.how == "hang" and c.span[0] <= self.clock.now() < c.span[1] for c in self.cuts):
            self._note(headers, body, "hang")["end"] = None
            await self.clock.sleep(1e6)
        if method == "HEAD":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        elif method == "GET" or path.endswith(":countTokens") or not path.endswith(MODEL_PATHS):
            self.last_body = body
            await self._side(writer, path)
        else:
            await self._model(writer, path, headers, body)

    # ---- requests ----

    async def _side(self, writer: asyncio.StreamWriter, path: str) -> None:
        if path.endswith(("/v1/logs", "/v1/metrics", "/v1/traces")):
            if self.otlp and path.endswith("/v1/logs"):
                with open(self.otlp, "ab") as out:
                    out.write(self.last_body.replace(b"\n", b" ") + b"\n")
            await self._json(writer, 200, b"{}")
        elif path.endswith("/usages"):
            await self._json(writer, 200, json.dumps(self.usages()).encode())
        elif path.endswith("/models"):
            models = [{"id": m, "object": "model", "context_length": 262144} for m in ("kimi-for-coding", "gpt-5")]
            await self._json(writer, 200, json.dumps({"object": "list", "data": models}).encode())
        elif path.endswith("/count_tokens"):
            await self._json(writer, 200, b'{"input_tokens": 9000}')
        elif path.endswith(":countTokens"):
            await self._json(writer, 200, b'{"totalTokens": 9000}')
        else:
            await self._json(writer, 404, b'{"error": {"message": "not found", "type": "not_found"}}')

    def _note(self, headers: dict, body: bytes, act: str) -> dict:
        lane = re.findall(rb"part ([a-z]+) of the project", body)
        asked = {}
        try:
            asked = json.loads(body)
        except ValueError:
            pass
        record = {
            "n": len(self.requests) + 1,
            "start": self.clock.now(),
            "lane": lane[-1].decode() if lane else None,
            "ua": headers.get("user-agent", "")[:60],
            "rid": "req-" + hashlib.sha1(f"{self.seed}/{len(self.requests)}".encode()).hexdigest()[:16],
            "inflight": self.inflight,
            "end": None,
            "act": act,
            "retry": headers.get("x-stainless-retry-count"),
            "session": headers.get("x-claude-code-session-id") or headers.get("session_id") or headers.get("session-id"),
            "model": asked.get("model"),
            "stream": asked.get("stream"),
            "status": None,
            "tokens": 0,
        }
        self.requests.append(record)
        return record

    async def _model(self, writer: asyncio.StreamWriter, path: str, headers: dict, body: bytes) -> None:
        record = self._note(headers, body, "drop")
        now = record["start"]
        for limit in self.limits:
            refusal = limit.check(now)
            if refusal:
                await self._refuse(writer, limit, refusal, record)
                return
        for limit in self.limits:
            limit.admit(now)
        self.inflight += 1
        tokens = 0
        try:
            tokens = await self._answer(writer, path, json.loads(body or b"{}"), record)
            record.update(act="ok", status=200, tokens=tokens)
        finally:
            self.inflight -= 1
            record["end"] = self.clock.now()
            for limit in self.limits:
                limit.done(record["end"], tokens)

    async def _refuse(self, writer: asyncio.StreamWriter, limit: Limit, refusal: Refusal, record: dict) -> None:
        await self.clock.sleep(self.random.uniform(0.1, 0.9))
        record.update(act=f"refused:{limit.name}", status=refusal.status, end=self.clock.now(), cause=limit.cause)
        extra = f"x-request-id: {record['rid']}\r\nrequest-id: {record['rid']}\r\n"
        if self.extra:
            extra += self.extra(self, limit, refusal)
        if refusal.retry_after is not None:
            extra += f"retry-after: {refusal.retry_after}\r\n"
        facts = refusal.facts | {"now": self.clock.now()}
        await self._json(writer, refusal.status, texts.body(refusal.text, facts), extra + self._usage_headers())

    async def _json(self, writer: asyncio.StreamWriter, status: int, body: bytes, extra: str = "") -> None:
        reasons = {200: "OK", 400: "Bad Request", 529: "Site Overloaded", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
                   429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
        head = (f"HTTP/1.1 {status} {reasons.get(status, '')}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n{extra}\r\n")
        writer.write(head.encode() + body)
        await writer.drain()

    # ---- usage ----

    def _usage_headers(self) -> str:
        if self.headers != "codex":
            return ""
        text = ""
        for name, key in (("primary", "5h"), ("secondary", "7d")):
            if (window := self.usage_windows.get(key)) is not None:
                used, ends = window.share(self.clock.now())
                text += f"x-codex-{name}-used-percent: {used}\r\nx-codex-{name}-window-minutes: {window.minutes}\r\n"
                text += f"x-codex-{name}-reset-at: {int(ends or 0)}\r\n"
        return text

    def usages(self) -> dict:
        """The body of Kimi's usage page, percent form: a part that is zero is left out, as there."""

        def detail(window: Window) -> dict:
            used, ends = window.share(self.clock.now())
            out = {"limit": "100"}
            if used:
                out["used"] = str(used)
            if used < 100:
                out["remaining"] = str(100 - used)
            stamp = ends if ends is not None else self.clock.now() + window.minutes * 60
            return out | {"resetTime": iso(stamp, 6)}

        out = {"user": {"region": "REGION_OVERSEA", "membership": {"level": "LEVEL_INTERMEDIATE"}}}
        if "7d" in self.usage_windows:
            out["usage"] = detail(self.usage_windows["7d"])
        if "5h" in self.usage_windows:
            out["limits"] = [{"window": {"duration": 300, "timeUnit": "TIME_UNIT_MINUTE"},
                              "detail": detail(self.usage_windows["5h"])}]
        return out | {"parallel": {"limit": str(self.parallel)}, "totalQuota": {"limit": "100", "remaining": "99"},
                      "authentication": {"method": "METHOD_API_KEY", "scope": "FEATURE_CODING"}, "subType": "TYPE_PURCHASE"}

    # ---- answers ----

    def _next(self, asked: dict) -> tuple[str, tuple[str, dict] | None]:
        """What is said now: words, and a tool call or None. A turn has some steps, drawn from its first words."""
        names = []
        for tool in asked.get("tools") or []:
            names.append(tool.get("name") or (tool.get("function") or {}).get("name"))
            names += [f.get("name") for f in tool.get("functionDeclarations") or []]
        shell = next((n for n in SHELLS if n in names), None)
        turns = asked.get("messages") or asked.get("input") or asked.get("contents") or []
        steps = 0
        for item in reversed(turns if isinstance(turns, list) else []):
            text = json.dumps(item)
            if item.get("role") == "tool" or item.get("type") == "function_call_output" or "functionResponse" in text \
                    or '"tool_result"' in text:
                steps += 1
            elif item.get("role") == "user" and "of the project" in text:
                break
        if self.fan and steps == 0:
            agent = next((n for n in ("Agent", "Task") if n in names), None)
            text = json.dumps(turns)
            if agent and "of the project" in text and "helper task" not in text:
                return "I will ask helpers.", (agent, self.fan)
        if shell is None or steps >= self.random.randint(*self.plan.steps):
            return self.random.choice(ENDINGS), None
        return self.random.choice(SAYINGS), (shell, SHELLS[shell](self.random.choice(COMMANDS)))

    async def _answer(self, writer: asyncio.StreamWriter, path: str, asked: dict, record: dict) -> int:
        plan = self.plan
        words, call = self._next(asked)
        lasts = min(plan.longest_s, self.random.lognormvariate(0, plan.spread) * plan.median_s)
        items = asked.get("messages") or asked.get("input") or asked.get("contents") or []
        steps = max(0, len(items) - 3) if isinstance(items, list) else 0
        taken = plan.first_tokens + int(steps * plan.step_tokens / 2 * self.random.uniform(0.8, 1.2))
        given = int(plan.output_tokens * self.random.uniform(0.6, 1.5))
        cached = int(taken * 0.75) // 128 * 128 if steps else taken // 3 // 128 * 128
        usage = (taken, cached, given)
        stream = asked.get("stream", False) or path.endswith(":streamGenerateContent")
        kind = ("chat" if path.endswith("/chat/completions") else "responses" if path.endswith("/responses")
                else "messages" if path.endswith("/messages") else "gemini")
        events = list(getattr(self, "_" + kind)(words, call, usage, record["rid"], asked))
        if not stream:
            await self.clock.sleep(lasts)
            await self._json(writer, 200, json.dumps(whole(kind, events, usage)).encode(), self._usage_headers())
            return taken + given
        await self.clock.sleep(lasts * 0.35)
        writer.write(("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n"
                      f"x-request-id: {record['rid']}\r\nrequest-id: {record['rid']}\r\n{self.extra(self, None, None) if self.extra else ''}{self._usage_headers()}\r\n").encode())
        marks = ("content_block_start", "content_block_stop", "message_delta", "message_stop", "response.output_item.added")
        slow = [e for e in events[:-1] if e.get("type", "") not in marks]
        for event in events:
            name = f"event: {event['type']}\n" if kind in ("responses", "messages") else ""
            writer.write(f"{name}data: {json.dumps(event)}\n\n".encode())
            await writer.drain()
            # As real services pace: time goes by before words and arguments, not before the marks that end an answer.
            if slow and event is not slow[-1] and any(event is e for e in slow):
                await self.clock.sleep(lasts * 0.65 / max(1, len(slow) - 1))
            elif event is events[0] and len(slow) <= 1:
                await self.clock.sleep(lasts * 0.65)
        if kind == "chat":
            writer.write(b"data: [DONE]\n\n")
        await writer.drain()
        return taken + given

    def _chat(self, words, call, usage, rid, asked):
        base = {"id": "chatcmpl-" + rid[4:], "object": "chat.completion.chunk", "created": int(self.clock.now()),
                "model": asked.get("model", "kimi-for-coding")}

        def chunk(delta, finish=None):
            return base | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

        yield chunk({"role": "assistant", "content": words})
        if call:
            yield chunk({"tool_calls": [{"index": 0, "id": "call_" + rid[4:], "type": "function",
                                         "function": {"name": call[0], "arguments": json.dumps(call[1])}}]})
        taken, cached, given = usage
        counts = {"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given, "cached_tokens": cached,
                  "prompt_tokens_details": {"cached_tokens": cached}}
        last = chunk({}, "tool_calls" if call else "stop")
        last["choices"][0]["usage"] = counts
        yield last
        yield base | {"choices": [], "usage": counts}

    def _responses(self, words, call, usage, rid, asked):
        taken, cached, given = usage
        answer = {"id": "resp_" + rid[4:], "object": "response", "created_at": int(self.clock.now()), "status": "in_progress",
                  "model": asked.get("model", "gpt-5"), "output": []}
        yield {"type": "response.created", "response": answer}
        item = {"type": "message", "id": "msg_" + rid[4:], "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": words, "annotations": []}]}
        yield {"type": "response.output_item.added", "output_index": 0, "item": item | {"content": [], "status": "in_progress"}}
        yield {"type": "response.output_text.delta", "item_id": item["id"], "output_index": 0, "content_index": 0, "delta": words}
        yield {"type": "response.output_item.done", "output_index": 0, "item": item}
        output = [item]
        if call:
            output.append({"type": "function_call", "id": "fc_" + rid[4:], "call_id": "call_" + rid[4:], "name": call[0],
                           "arguments": json.dumps(call[1]), "status": "completed"})
            yield {"type": "response.output_item.done", "output_index": 1, "item": output[1]}
        counts = {"input_tokens": taken, "input_tokens_details": {"cached_tokens": cached}, "output_tokens": given,
                  "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": taken + given}
        yield {"type": "response.completed", "response": answer | {"status": "completed", "output": output, "usage": counts}}

    def _messages(self, words, call, usage, rid, asked):
        taken, cached, given = usage
        yield {"type": "message_start", "message": {
            "id": "msg_" + rid[4:], "type": "message", "role": "assistant", "model": asked.get("model", "claude"), "content": [],
            "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": taken - cached, "cache_read_input_tokens": cached, "cache_creation_input_tokens": 0,
                      "output_tokens": 1}}}
        yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": words}}
        yield {"type": "content_block_stop", "index": 0}
        if call and isinstance(call[1], int):
            lane = re.findall(r"part ([a-z]+) of the project", json.dumps(asked.get("messages")))[-1]
            for i in range(call[1]):
                yield {"type": "content_block_start", "index": 1 + i,
                       "content_block": {"type": "tool_use", "id": f"toolu_{rid[4:]}{i}", "name": call[0], "input": {}}}
                yield {"type": "content_block_delta", "index": 1 + i,
                       "delta": {"type": "input_json_delta", "partial_json": json.dumps({"description": f"check {i}", "subagent_type": "general-purpose", "prompt": f"As helper task {i}: look through part {lane} of the project and report."})}}
                yield {"type": "content_block_stop", "index": 1 + i}
        elif call:
            yield {"type": "content_block_start", "index": 1,
                   "content_block": {"type": "tool_use", "id": "toolu_" + rid[4:], "name": call[0], "input": {}}}
            yield {"type": "content_block_delta", "index": 1,
                   "delta": {"type": "input_json_delta", "partial_json": json.dumps(call[1])}}
            yield {"type": "content_block_stop", "index": 1}
        yield {"type": "message_delta", "delta": {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None},
               "usage": {"output_tokens": given}}
        yield {"type": "message_stop"}

    def _gemini(self, words, call, usage, rid, asked):
        taken, cached, given = usage
        parts = [{"text": words}]
        if call:
            parts.append({"functionCall": {"name": call[0], "args": call[1]}})
        yield {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
               "usageMetadata": {"promptTokenCount": taken, "cachedContentTokenCount": cached, "candidatesTokenCount": given,
                                 "totalTokenCount": taken + given},
               "modelVersion": "gemini-2.5-flash", "responseId": rid[4:]}


def whole(kind: str, events: list[dict], usage: tuple[int, int, int]) -> dict:
    """One body for a client that did not ask for a stream, from the events it would have been sent."""
    if kind == "gemini":
        return events[0]
    if kind == "responses":
        return events[-1]["response"]
    taken, cached, given = usage
    if kind == "messages":
        return events[0]["message"] | {
            "content": [{"type": "text", "text": e["delta"]["text"]} for e in events if e.get("delta", {}).get("text")],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": taken - cached, "cache_read_input_tokens": cached, "cache_creation_input_tokens": 0,
                      "output_tokens": given}}
    message = {"role": "assistant", "content": events[0]["choices"][0]["delta"]["content"]}
    calls = [c for e in events if e["choices"] for c in e["choices"][0]["delta"].get("tool_calls", [])]
    if calls:
        message["tool_calls"] = calls
    return {k: v for k, v in events[0].items() if k != "choices"} | {
        "object": "chat.completion", "usage": events[-1]["usage"],
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}]}


def iso(t: float, digits: int = 3) -> str:
    """UTC, RFC 3339, that many digits of a second, cut and not rounded."""
    micros = int(t * 1_000_000)
    fraction = f"{micros % 1_000_000:06d}"[:digits]
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(micros // 1_000_000)) + "." + fraction + "Z"


def unified(limits):
    """The headers that a Claude subscription's answers carry, from its one window."""
    window = limits[0]

    def headers(server, limit, refusal) -> str:
        now = server.clock.now()
        used, ends = window.share(now)
        ends = int(ends or now + 3600)
        state = "rejected" if window.full else "allowed_warning" if used >= 90 else "allowed"
        told = {"status": state, "reset": ends, "representative-claim": "five_hour", "5h-status": state, "5h-reset": ends,
                "5h-utilization": f"{min(1.0, used / 100):.2f}", "7d-status": "allowed", "7d-reset": ends + 3 * 86400,
                "7d-utilization": "0.31", "fallback-percentage": "0.5", "overage-status": "rejected",
                "overage-disabled-reason": "org_level_disabled"}
        lines = [f"anthropic-ratelimit-unified-{name}: {value}" for name, value in told.items()]
        if refusal is not None and window.full:
            lines.append(f"retry-after: {max(1, int(ends - now))}")
        return "".join(line + "\r\n" for line in lines)
    return headers
