# Rows of Bifrost's log store to the canonical form: `sqlite3 -json logs.db 'select * from logs' | jq -c -f bifrost.jq`.
# A row is the last try; earlier ones (`number_of_retries`) are not told. Columns: framework/logstore/tables.go.
.[] | select(.status == "success" or .status == "error")
| (.error_details // "null" | fromjson) as $e | (.token_usage // "null" | fromjson) as $t | {
  start: (.timestamp | sub(" "; "T")), duration_ms: .latency, outcome: (if .status == "success" then "ok" else "error" end),
  status: (if .status == "success" then 200 else $e.status_code end),
  error_type: $e.error.type, error_message: $e.error.message,
  provider: .provider, account: .selected_key_id, model: .model, session: .parent_request_id, request_id: .id,
  input_tokens: $t.prompt_tokens, output_tokens: $t.completion_tokens
} | with_entries(select(.value != null))
