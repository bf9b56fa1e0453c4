//! Moonshot open platform: `GET /v1/users/me/balance`.
//!
//! In: `{"code":0,"data":{"available_balance":49.6,"voucher_balance":46.6,"cash_balance":3.0}}`. Out: the balance, in
//! the account's currency; at or below zero requests are refused.

use serde_json::Value;

use super::{ParsedBody, SnapshotFormat, SnapshotInfo, lenient};

/// The balance of an account.
#[derive(Debug)]
pub struct MoonshotBalance;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "moonshot-balance",
    provider: "moonshot",
    from: "GET https://api.moonshot.ai/v1/users/me/balance (also api.moonshot.cn)",
    shows: "money left",
    not_logged: "limits per minute and per day, and the concurrency limit",
    established: "read",
};

impl SnapshotFormat for MoonshotBalance {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let balances = body.get("data").unwrap_or(body).as_object()?;
        if !balances.contains_key("voucher_balance") && !balances.contains_key("cash_balance") {
            return None;
        }
        let available = balances.get("available_balance")?;
        Some(ParsedBody {
            provider: Some(INFO.provider.to_owned()),
            balance: lenient::number(available),
            ..ParsedBody::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_balance_is_read_and_may_be_negative() {
        let body = |available: Value| {
            json!({"code": 0, "scode": "0x0", "status": true, "data":
                {"available_balance": available, "voucher_balance": 46.5, "cash_balance": -3.0}})
        };
        let parsed = MoonshotBalance.reads(&body(json!(49.5))).unwrap();
        assert_eq!((parsed.balance, parsed.provider.as_deref()), (Some(49.5), Some("moonshot")));
        assert_eq!(MoonshotBalance.reads(&body(json!("-0.25"))).unwrap().balance, Some(-0.25));
        assert_eq!(MoonshotBalance.reads(&body(json!(null))).unwrap().balance, None);
        assert_eq!(MoonshotBalance.reads(&json!({"data": {"available_balance": 3}})), None);
    }
}
