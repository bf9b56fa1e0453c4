# Lines of a Portkey log export (JSONL) to the canonical form. Answers from its cache are left out: no provider saw them.
# Its own retries stand in one row (`retry_success_count`). Field names: Portkey's documentation; no file was at hand.
select(.cache_status != "HIT" and .cache_status != "SEMANTIC HIT") | {
  start: .created_at, duration_ms: .response_time, status: .response_status_code,
  provider: .ai_org, model: .ai_model, session: .trace_id, request_id: .id,
  input_tokens: .req_units, output_tokens: .res_units
} | with_entries(select(.value != null))
