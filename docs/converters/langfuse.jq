# Observations of Langfuse (GET /api/public/observations, or an export) to the canonical form: `jq -c -f langfuse.jq`.
# Status and class are in no field of their own; they are taken from the error text where they lead it. Fields: Langfuse's documentation.
(.data? // .) | (if type == "array" then .[] else . end) | select(.type == "GENERATION") | {
  start: .startTime, end: .endTime, outcome: (if .level == "ERROR" then "error" else "ok" end),
  status: (if .level == "ERROR" then ([.statusMessage // "" | capture("(^|Error code: )(?<s>[45][0-9][0-9])\\b") | .s | tonumber] | first) else 200 end),
  error_type: (if .level == "ERROR" then ([.statusMessage // "" | capture("^([a-z]+\\.)*(?<c>[A-Z][A-Za-z]*Error)\\b") | .c] | first) else null end),
  error_message: (if .level == "ERROR" then .statusMessage else null end),
  model: .model, session: (.sessionId // .traceId),
  input_tokens: .usageDetails.input, output_tokens: .usageDetails.output
} | with_entries(select(.value != null))
