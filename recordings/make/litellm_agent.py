"""A small agent on the LiteLLM SDK, as people write them: LANE PROMPT. It logs in the two ways that LiteLLM users have.

~/.litellm/standard_logging.jsonl: the StandardLoggingPayload of each call, by a CustomLogger.
~/.litellm/agent-LANE.log: the lines of httpx and of the agent, through `logging`.
"""

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path

import litellm
from litellm.integrations.custom_logger import CustomLogger

HOME = Path("/home/user/.litellm")
TOOL = {"type": "function", "function": {"name": "bash", "description": "Runs a command.",
                                         "parameters": {"type": "object", "properties": {"command": {"type": "string"}}}}}


class Payloads(CustomLogger):
    async def _write(self, kwargs):
        payload = kwargs.get("standard_logging_object")
        if payload:
            with (HOME / "standard_logging.jsonl").open("a") as out:
                out.write(json.dumps(payload, default=str) + "\n")

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        await self._write(kwargs)

    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
        await self._write(kwargs)


async def main(lane: str, prompt: str) -> None:
    logging.basicConfig(filename=HOME / f"agent-{lane}.log", level=logging.INFO,
                        format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
    litellm.callbacks = [Payloads()]
    litellm.suppress_debug_info = True
    messages = [{"role": "system", "content": "You check notes."}, {"role": "user", "content": prompt}]
    for _ in range(12):
        try:
            answer = await litellm.acompletion(
                model="openai/kimi-k2.5", api_base="http://127.0.0.1:8399/v1", api_key="sk-dummy", messages=messages,
                tools=[TOOL], stream=False, metadata={"session_id": f"lane-{lane}", "tags": [f"agent:{lane}"]})
        except Exception as error:  # noqa: BLE001 - an agent gives the turn up on any error
            logging.getLogger("agent").error("turn given up: %s", error)
            break
        message = answer.choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            break
        for call in message.tool_calls:
            out = subprocess.run(json.loads(call.function.arguments)["command"], shell=True, capture_output=True, text=True)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": out.stdout})
    await asyncio.sleep(2)


asyncio.run(main(sys.argv[1], sys.argv[2]))
