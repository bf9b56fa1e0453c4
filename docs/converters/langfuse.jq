# Observations of Langfuse (GET /api/public/observations, or an export) to the canonical form: `jq -c -f langfuse.jq`.
# The status is in no field of its own; it is taken from the error text where it leads it. Fields: Langfuse's documentation.
(.data? // .) | (if type == "array" then .[] else . end) | select(.type == "GENERATION") | {
  start: .startTime, end: .endTime, outcome: (if .level == "ERROR" then "error" else "ok" end),
  status: (if .level == "ERROR" then ([.statusMessage // "" | capture("(^|Error code: )(?<s>[45][0-9][0-9])\\b") | .s | tonumber] | first) else 200 end),
  error_message: (if .level == "ERROR" then .statusMessage else null end),
  model: .model, session: (.sessionId // .traceId),
  input_tokens: .usageDetails.input, output_tokens: .usageDetails.output
} | with_entries(select(.value != null))
