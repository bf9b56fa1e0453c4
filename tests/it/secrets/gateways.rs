//! Records of what stands between a client and a provider: gateways, proxies, servers of models, and clouds.

use super::corpus::{Sample, lines};

pub const SAMPLES: &[Sample] = &[
    lines(
        "nginx-error",
        "nginx/error.log",
        concat!(
            "@S@ [error] 5107#5107: *9@N@ limiting requests, excess: 3.194 by zone \"llm\", client: PRIVATE, server: llm.example, request: \"POST /v1/chat/completions HTTP/1.1\", host: \"llm.example\"\n",
            "@S@ [error] 5107#5107: *8@N@ connect() failed (111: Connection refused) while connecting to upstream, client: PRIVATE, server: llm.example, request: \"POST /v1/chat/completions HTTP/1.1\", upstream: \"http://127.0.0.1:18112/v1/chat/completions\", host: \"llm.example\", referrer: \"PRIVATE\"",
        ),
    ),
    lines(
        "ingress-nginx-access",
        "ingress/access.log",
        "10.0.0.9 - PRIVATE [@X@] \"POST /v1/chat/completions HTTP/1.1\" 429 512 \"PRIVATE\" \"PRIVATE\" 1234 0.200 [default-llm-443] [] 10.1.2.3:8080 512 0.200 429 8c3f0d1e5a7b4c2d@E@",
    ),
    lines(
        "traefik-access",
        "traefik/access.log",
        concat!(
            "10.0.0.9 - PRIVATE [@X@] \"POST /v1/chat/completions HTTP/2.0\" 429 90 \"PRIVATE\" \"PRIVATE\" 7 \"llm@docker\" \"http://172.29.0.2:8111\" 120ms\n",
            r#"{"ClientAddr":"PRIVATE","ClientHost":"PRIVATE","ClientUsername":"PRIVATE","DownstreamContentSize":17,"DownstreamStatus":429,"Duration":1500000000,"OriginDuration":1400000000,"OriginStatus":429,"RequestAddr":"llm.example","RequestHost":"llm.example","RequestMethod":"POST","RequestPath":"/v1/messages","RouterName":"llm@docker","ServiceName":"llm@docker","StartUTC":"@U@","downstream_Retry-After":"9","downstream_Set-Cookie":"PRIVATE","request_Authorization":"PRIVATE","level":"info","msg":"","time":"@U@"}"#,
        ),
    ),
    lines(
        "haproxy-access",
        "haproxy/haproxy.log",
        concat!(
            "Mar  3 16:00:00 lb haproxy[5093]: 10.0.0.9:52556 [@H@] fe_llm llm/s1 0/0/1/80/81 429 225 - - ---- 1/1/0/0/0 0/0 \"POST /v1/chat/completions HTTP/1.1\"\n",
            r#"{"time":"@T@","ts":"@E@.000","client":"PRIVATE","method":"POST","path":"/v1/messages","status":429,"frontend":"fe_llm","backend":"llm","server":"s1","Tq":"0","Tw":"0","Tc":"1","Tr":"80","Ta":"80","termination_state":"----","bytes":"225","user_agent":"PRIVATE"}"#,
        ),
    ),
    lines(
        "kong-log",
        "kong/kong.log",
        r#"{"latencies":{"request":1500,"kong":3,"proxy":1497},"client_ip":"PRIVATE","request":{"method":"POST","uri":"/v1/chat/completions","url":"https://kong.example:8443/v1/chat/completions","size":900,"querystring":{"q":"PRIVATE"},"headers":{"host":"kong.example","authorization":"PRIVATE"},"id":"k-@N@"},"response":{"status":429,"size":210,"headers":{"via":"1.1 kong/3.10.0","retry-after":"54","set-cookie":"PRIVATE","x-request-id":"req-@E@"}},"tries":[{"balancer_latency":0,"port":443,"balancer_start":@E@002,"ip":"PRIVATE"}],"upstream_uri":"/v1/chat/completions","service":{"name":"llm","host":"api.openai.com","port":443},"route":{"name":"llm"},"consumer":{"username":"PRIVATE","custom_id":"PRIVATE"},"started_at":@E@000,"workspace":"w","upstream_status":"429"}"#,
    ),
    lines(
        "apisix-access",
        "apisix/access.log",
        concat!(
            "10.0.0.9 - PRIVATE [@X@] ai.example:9080 \"POST /v1/chat/completions HTTP/1.1\" 429 118 0.090 \"PRIVATE\" \"PRIVATE\" 162.159.140.245:443 429 0.088 \"https://api.openai.com/v1/chat/completions\"\n",
            r#"{"service_id":"","server":{"version":"3.9.0","hostname":"PRIVATE"},"apisix_latency":1.5,"latency":301.5,"request":{"url":"http://ai:9080/v1/chat/completions","uri":"/v1/chat/completions","method":"POST","size":90,"headers":{"authorization":"PRIVATE","x-request-id":"req-@E@"},"querystring":{"q":"PRIVATE"},"body":"PRIVATE"},"response":{"status":429,"size":617,"headers":{"retry-after":"9","set-cookie":"PRIVATE"}},"route_id":"1","client_ip":"PRIVATE","consumer":{"username":"PRIVATE"},"start_time":@E@123,"upstream":"10.0.0.1:443","upstream_latency":300}"#,
        ),
    ),
    lines(
        "uvicorn-access",
        "vllm/pod.log",
        concat!(
            "@T@ INFO:     10.0.0.5:50000 - \"POST /v1/chat/completions HTTP/1.1\" 429 Too Many Requests\n",
            "@T@ INFO:     Received request cmpl-@N@: prompt: 'PRIVATE'",
        ),
    ),
    lines(
        "vllm-log",
        "vllm/serve.log",
        concat!(
            "INFO @M@ [loggers.py:236] Engine 000: Avg prompt throughput: 12.3 tokens/s, Running: 1 reqs, Waiting: 0 reqs\n",
            "INFO:     10.0.0.5:50000 - \"POST /v1/chat/completions HTTP/1.1\" 429 Too Many Requests\n",
            "INFO @M@ [logger.py:41] Received request cmpl-@N@: prompt: 'PRIVATE'",
        ),
    ),
    lines(
        "gin-access",
        "new-api/oneapi-20260303.log",
        concat!(
            "[INFO] @G@ | 20260303160000@N@xyz | user PRIVATE asked with PRIVATE\n",
            "[ERR] @G@ | 20260303160000@N@xyz | channel error (channel #7, status code: 429): Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29412. Please try again in 1.224s.\n",
            "[ERR] @G@ | 20260303160000@N@xyz | relay error: Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29412. Please try again in 1.224s.\n",
            "[GIN] @G@ | 20260303160000@N@xyz | 429 |   94.358928ms | client_ip=PRIVATE |    POST /v1/chat/completions\n",
            "[GIN] @G@ | 200 |   94.358928ms | PRIVATE | POST     \"/api/generate\"",
        ),
    ),
    lines(
        "cliproxyapi-log",
        "cliproxyapi/logs/main.log",
        concat!(
            "[@L@] [a1b2c3d4] [debug] [conductor.go:90] Use OAuth PRIVATE for model gpt-5\n",
            "[@L@] [a1b2c3d4] [debug] [executor.go:9] request error, error status: 429, error message: {\"error\":{\"message\":\"max concurrency: 3\",\"type\":\"rate_limit_reached_error\"}}\n",
            "[@L@] [a1b2c3d4] [warn ] [gin_logger.go:103] 429 |        55ms |        PRIVATE | POST    \"/v1/messages?beta=true\"",
        ),
    ),
    lines(
        "cloudtrail",
        "cloudtrail/events.jsonl",
        concat!(
            r#"{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","arn":"PRIVATE","userName":"PRIVATE","accessKeyId":"PRIVATE"},"eventTime":"@T@","eventSource":"bedrock.amazonaws.com","eventName":"InvokeModel","awsRegion":"us-east-1","sourceIPAddress":"PRIVATE","userAgent":"PRIVATE","errorCode":"ThrottlingException","errorMessage":"Too many requests, please wait before trying again.","requestParameters":{"modelId":"anthropic.claude-opus-4-20250514-v1:0"},"responseElements":null,"requestID":"r-@N@","eventID":"e-@N@","eventType":"AwsApiCall"}"#,
            "\n",
            r#"{"EventId":"f-@N@","EventName":"InvokeModel","EventTime":"@U@","EventSource":"bedrock.amazonaws.com","Username":"PRIVATE","Resources":[],"CloudTrailEvent":"{\"eventVersion\":\"1.11\",\"userIdentity\":{\"arn\":\"PRIVATE\"},\"eventTime\":\"@U@\",\"eventSource\":\"bedrock.amazonaws.com\",\"eventName\":\"Converse\",\"errorCode\":\"ThrottlingException\",\"errorMessage\":\"Too many tokens per day, please wait before trying again.\",\"requestParameters\":{\"modelId\":\"anthropic.claude-opus-4-20250514-v1:0\"},\"requestID\":\"q-@N@\"}"}"#,
        ),
    ),
    lines(
        "bedrock-invocations",
        "bedrock/invocations.jsonl",
        r#"{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"@T@","accountId":"PRIVATE","identity":{"arn":"PRIVATE"},"region":"us-east-1","requestId":"r-@N@","operation":"Converse","modelId":"anthropic.claude-sonnet-4-20250514-v1:0","errorCode":"ThrottlingException","input":{"inputContentType":"application/json","inputTokenCount":1200,"inputBodyJson":{"messages":["PRIVATE"]},"inputBodyS3Path":"PRIVATE"},"output":{"outputContentType":"application/json","outputTokenCount":0,"outputBodyJson":{"output":"PRIVATE","metrics":{"latencyMs":190}}}}"#,
    ),
    lines(
        "google-audit-log",
        "vertex/log.jsonl",
        r#"{"insertId":"i@N@","logName":"projects/p-0/logs/cloudaudit.googleapis.com%2Fdata_access","protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","authenticationInfo":{"principalEmail":"PRIVATE"},"requestMetadata":{"callerIp":"PRIVATE","callerSuppliedUserAgent":"PRIVATE"},"methodName":"google.cloud.aiplatform.v1.PredictionService.StreamRawPredict","resourceName":"projects/p-0/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5","serviceName":"aiplatform.googleapis.com","request":{"contents":["PRIVATE"]},"status":{"code":8,"message":"Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model"}},"receiveTimestamp":"@U@","resource":{"type":"audited_resource","labels":{"project_id":"PRIVATE"}},"severity":"ERROR","timestamp":"@T@"}"#,
    ),
    lines(
        "azure-monitor",
        "azure/PT1H.json",
        concat!(
            r#"{"time":"@T@","resourceId":"PRIVATE","event":"ShoeboxCallResult","Tenant":"eastus","category":"RequestResponse","operationName":"ChatCompletions_Create","durationMs":150,"resultSignature":"429","location":"eastus","callerIPAddress":"PRIVATE","correlationId":"c-@N@","properties":"{\"apiName\":\"Azure OpenAI API version 2024-10-21\",\"objectId\":\"PRIVATE\",\"streamType\":\"Non-Streaming\",\"modelDeploymentName\":\"gpt-4o-eu\",\"modelName\":\"gpt-4o\"}"}"#,
            "\n",
            r#"{"time":"@U@","resourceId":"PRIVATE","category":"GatewayLogs","operationName":"Microsoft.ApiManagement/GatewayLogs","durationMs":12,"callerIpAddress":"PRIVATE","correlationId":"d-@N@","properties":{"method":"POST","url":"https://apim.example/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21","responseCode":429,"userId":"PRIVATE","apimSubscriptionId":"PRIVATE","requestHeaders":{"api-key":"PRIVATE"},"requestBody":"PRIVATE","backendUrl":"https://x.openai.azure.com/openai/deployments/gpt-4o/chat/completions","backendResponseCode":429,"lastErrorSource":"","lastErrorReason":"RateLimitExceeded","lastErrorMessage":"Rate limit is exceeded. Try again in 6 seconds."}}"#,
        ),
    ),
    lines(
        "cloudflare-ai-gateway",
        "cloudflare/logs.jsonl",
        r#"{"id":"01J0@N@","created_at":"@T@","provider":"moonshot","model":"kimi-k2.5","model_type":"","path":"v1/chat/completions","duration":400,"request_type":"","request_content_type":"application/json","status_code":429,"success":false,"cached":false,"tokens_in":12,"tokens_out":0,"cost":0.01,"metadata":"PRIVATE","request":"PRIVATE","request_head":"PRIVATE","response_head":"PRIVATE","response":"{\"error\":{\"message\":\"max concurrency: 3\",\"type\":\"rate_limit_reached_error\"}}"}"#,
    ),
];

/// A request a file; `@N@` stands in the path.
pub const DOCUMENTS: &[Sample] = &[lines(
    "cliproxyapi-request",
    "cliproxyapi/logs/error-v1-messages-@N@.log",
    r#"=== REQUEST INFO ===
Version: 7.0.1
URL: /v1/messages?beta=true
Method: POST
Timestamp: @T@

=== HEADERS ===
Content-Type: application/json
Authorization: PRIVATE

=== REQUEST BODY ===
{"model":"kimi-k2.5","messages":[{"role":"user","content":"PRIVATE"}]}

=== API REQUEST 1 ===
Timestamp: @T@
Upstream URL: https://api.moonshot.ai/v1/messages?beta=true
HTTP Method: POST
Auth: provider=kimi, auth_id=PRIVATE, type=oauth

Headers:
Authorization: PRIVATE

Body:
{"model":"kimi-k2.5","messages":["PRIVATE"]}

=== API RESPONSE 1 ===
Timestamp: @U@

Status: 429
Headers:
Retry-After: 30
Request-Id: req_@E@
Set-Cookie: PRIVATE

Body:
{"type":"error","error":{"type":"rate_limit_error","message":"max concurrency: 3"},"request_id":"req_@E@"}

=== RESPONSE ===
Status: 429
Content-Type: application/json

{"type":"error","error":{"type":"rate_limit_error","message":"max concurrency: 3"}}"#,
)];
