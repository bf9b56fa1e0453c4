//! DeepSeek: `GET /user/balance`.
//!
//! In: `{"is_available":true,"balance_infos":[{"currency":"CNY","total_balance":"110.00",..}]}`. Out: the balance, where it is in
//! one currency. The cap of requests in flight shrinks with it, but is in no body.

use serde_json::Value;

use super::{ParsedBody, SnapshotFormat, SnapshotInfo, lenient};

/// Balances of DeepSeek.
#[derive(Debug)]
pub struct DeepseekBalance;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "deepseek-balance",
    provider: "deepseek",
    from: "GET https://api.deepseek.com/user/balance",
    shows: "money left",
    not_logged: "the cap of requests in flight, which follows the balance",
    established: "read",
};

impl SnapshotFormat for DeepseekBalance {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let balances = body.get("balance_infos")?.as_array()?;
        let available = body.get("is_available")?.as_bool()?;
        let mut parsed = ParsedBody { provider: Some(INFO.provider.to_owned()), ..ParsedBody::default() };
        if let [one] = balances.as_slice() {
            parsed.balance = one.get("total_balance").and_then(lenient::number);
        }
        if !available && parsed.balance.is_none_or(|b| b > 0.0) {
            parsed.remarks.push("The body says that the balance does not suffice for requests.".to_owned());
        }
        Some(parsed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_currency_is_a_balance_and_two_are_none() {
        let yuan = json!({"currency": "CNY", "total_balance": "110.00", "granted_balance": "10.00"});
        let dollars = json!({"currency": "USD", "total_balance": "0.00"});
        let read = |list: Value, available: bool| {
            DeepseekBalance.reads(&json!({"is_available": available, "balance_infos": list})).unwrap()
        };
        assert_eq!(read(json!([yuan]), true).balance, Some(110.0));
        assert_eq!(read(json!([dollars]), false).balance, Some(0.0));
        let both = read(json!([yuan, dollars]), false);
        assert_eq!((both.balance, both.remarks.len()), (None, 1));
        assert_eq!(DeepseekBalance.reads(&json!({"balance_infos": []})), None);
    }
}
