# Lines of `npx @helicone/export` (JSONL) to the canonical form. Negative statuses are requests that are pending or were
# cancelled: left out. Fields: Helicone's documentation and export types.
select(.response_status > 0) | {
  start: .request_created_at, end: .response_created_at, status: .response_status,
  error_message: (if .response_status >= 400 then (.response_body.error.message? // null) else null end),
  error_type: (if .response_status >= 400 then (.response_body.error.type? // null) else null end),
  provider: (.provider | ascii_downcase), model: .request_model, session: .request_properties["Helicone-Session-Id"],
  input_tokens: .prompt_tokens, output_tokens: .completion_tokens, request_id: .request_id
} | with_entries(select(.value != null))
