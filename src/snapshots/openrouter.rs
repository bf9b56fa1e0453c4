//! OpenRouter: `GET /api/v1/key` and `GET /api/v1/credits`.
//!
//! In: `data.limit_remaining` with `data.usage`, or `data.total_credits` with `data.total_usage`. Out: dollars left. Always: a
//! key without a limit of its own has no balance; windows of requests are not in these bodies.

use serde_json::Value;

use super::{ParsedBody, SnapshotFormat, SnapshotInfo, lenient};

/// Balances of OpenRouter.
#[derive(Debug)]
pub struct OpenrouterBalance;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "openrouter-balance",
    provider: "openrouter",
    from: "GET https://openrouter.ai/api/v1/key or /api/v1/credits",
    shows: "dollars left on the key or the account",
    not_logged: "free requests of the day, limits per minute and those of the providers behind it",
    established: "read",
};

impl SnapshotFormat for OpenrouterBalance {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let money = body.get("data")?.as_object()?;
        let has = |key: &str| money.contains_key(key);
        let number_at = |key: &str| money.get(key).and_then(lenient::number);
        let balance = if has("total_credits") && has("total_usage") {
            number_at("total_credits").zip(number_at("total_usage")).map(|(credits, used)| credits - used)
        } else if has("limit_remaining") && has("usage") && has("limit") {
            number_at("limit_remaining")
        } else {
            return None;
        };
        Some(ParsedBody { provider: Some(INFO.provider.to_owned()), balance, ..ParsedBody::default() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn balance(body: &Value) -> Option<Option<f64>> {
        OpenrouterBalance.reads(body).map(|f| f.balance)
    }

    #[test]
    fn credits_and_keys() {
        assert_eq!(balance(&json!({"data": {"total_credits": 10, "total_usage": 12.5}})), Some(Some(-2.5)));
        let key = |left: Value| json!({"data": {"label": "sk", "limit": 5, "limit_remaining": left, "usage": 5}});
        assert_eq!(balance(&key(json!(0))), Some(Some(0.0)));
        assert_eq!(balance(&key(Value::Null)), Some(None), "no limit is no balance of zero");
        assert_eq!(balance(&json!({"data": {"limit": 5}})), None);
    }
}
