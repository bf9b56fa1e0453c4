"""Bodies of refusals, in the providers' own words, since clients match on them. {cap}, {limit}, {wait}, {used} are filled in."""

from __future__ import annotations

import json
import time


def _openai(message: str, kind: str, code: str | None = None) -> dict:
    error = {"message": message, "type": kind}
    if code:
        error["code"] = code
    return {"error": error}


GENERIC = "We're receiving too many requests at the moment. Please wait a moment and try again."

BODIES = {
    # One sentence that may mean a cap, a window or an account: the hard case.
    "kimi_generic": _openai(GENERIC, "rate_limit_reached_error"),
    "kimi_cap": _openai("You've reached your concurrent request limit. Please wait for your ongoing requests to finish and "
                        "try again.", "access_terminated_error"),
    "moonshot_cap": _openai("Your account org-0000<ak-0000> request reached organization max concurrency: {cap}, please try "
                            "again after 1 seconds", "rate_limit_reached_error"),
    "moonshot_rpm": _openai("Your account org-0000<ak-0000> request reached organization max RPM: {limit}, please try again "
                            "after {wait} seconds", "rate_limit_reached_error"),
    "moonshot_tpm": _openai("Your account org-0000<ak-0000> request reached organization TPM rate limit, current: {used}, "
                            "limit: {limit}", "rate_limit_reached_error"),
    "moonshot_rate": _openai("Organization Rate limit exceeded, please try again after 1 seconds", "rate_limit_reached_error"),
    "kimi_overload": _openai("The engine is currently overloaded, please try again later", "engine_overloaded_error"),
    "kimi_5h": _openai("You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.",
                       "access_terminated_error"),
    "kimi_quota": _openai("You exceeded your current token quota: org-0000 0, please check your account balance",
                          "exceeded_current_quota_error"),
    "kimi_401": _openai("Invalid Authentication", "invalid_authentication_error"),
    "kimi_403": _openai("Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code "
                        "and others.", "access_terminated_error"),
    "oai_rpm": _openai("Rate limit reached for gpt-5 in organization org-0000 on requests per min (RPM): Limit {limit}, Used "
                       "{limit}, Requested 1. Please try again in {wait}s.", "requests", "rate_limit_exceeded"),
    "oai_rate": _openai("Rate limit reached. Please try again later.", "rate_limit_error", "rate_limit_exceeded"),
    "oai_quota": _openai("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota",
                         "insufficient_quota"),
    "oai_500": _openai("The server had an error while processing your request. Sorry about that!", "server_error"),
    "oai_503": _openai("The server is overloaded or not ready yet.", "server_error", "server_overloaded"),
    "oai_401": _openai("Incorrect API key provided: sk-0000. You can find your API key at your account page.",
                       "invalid_request_error", "invalid_api_key"),
    "ant_529": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
    "usage_limit": {"error": {"type": "usage_limit_reached", "message": "The usage limit has been reached", "plan_type": "plus"}},
    "gem_503": {"error": {"code": 503, "status": "UNAVAILABLE",
                          "message": "The model is overloaded. Please try again later."}},
    "gem_rpm": {"error": {
        "code": 429, "status": "RESOURCE_EXHAUSTED",
        "message": "You exceeded your current quota, please check your plan and billing details.\n* Quota exceeded for metric: "
                   "generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: {limit}\nPlease retry in "
                   "{wait}s.",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{
                "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
                "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
                "quotaDimensions": {"location": "global", "model": "gemini-2.5-flash"}, "quotaValue": "{limit}"}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "{wait}s"}]}},
}


def body(name: str, facts: dict) -> bytes:
    """The JSON that is sent. A usage limit says its reset as Codex's backend does."""
    text = json.dumps(BODIES[name])
    for key in ("cap", "limit", "wait", "used"):
        text = text.replace("{" + key + "}", str(facts.get(key, 0)))
    if name == "usage_limit" and facts.get("resets_at"):
        whole = json.loads(text)
        whole["error"]["resets_at"] = int(facts["resets_at"])
        whole["error"]["resets_in_seconds"] = max(1, int(facts["resets_at"] - facts.get("now", time.time())))
        text = json.dumps(whole)
    return text.encode()
