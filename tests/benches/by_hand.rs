//! What a Rust user writes without Opwire: reqwest and `serde_json::Value`, one long-lived client.

use serde_json::{Map, Value, json};

pub(crate) struct ByHand {
    client: reqwest::Client,
    base: String,
}

impl ByHand {
    pub(crate) fn new(base: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            client,
            base: base.to_owned(),
        }
    }

    async fn get(&self, path: &str) -> Value {
        let request = self
            .client
            .get(format!("{}{path}", self.base))
            .bearer_auth("t")
            .header("accept", "application/json");
        let reply = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
    }

    pub(crate) async fn person(&self, id: u64) -> Value {
        self.get(&format!("/v2/people/{id}.json")).await
    }

    pub(crate) async fn create(&self, mut input: Value) -> Value {
        let fields = input["fields"].as_object_mut().unwrap();
        let mut body = Map::new();
        for (key, value) in std::mem::take(fields) {
            match key.as_str() {
                "full_name" => drop(body.insert("name".to_owned(), value)),
                "custom_fields" => {
                    let entries = value.as_array().unwrap();
                    let pairs = entries.iter().map(|entry| {
                        (
                            entry["key"].as_str().unwrap().to_owned(),
                            entry["value"].clone(),
                        )
                    });
                    body.insert(key, Value::Object(pairs.collect()));
                }
                _ => drop(body.insert(key, value)),
            }
        }
        let request = self
            .client
            .post(format!("{}/v2/accounts.json", self.base))
            .bearer_auth("t")
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .body(serde_json::to_vec(&body).unwrap());
        let reply = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
    }

    pub(crate) async fn choices(&self) -> Value {
        let users = self.get("/v2/users.json").await;
        let choice = |user: &Value| json!({"label": user["name"], "value": user["id"]});
        Value::Array(
            users["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(choice)
                .collect(),
        )
    }

    pub(crate) async fn walk(&self) -> usize {
        let (mut page, mut count) = (1_u64, 0);
        loop {
            let reply = self
                .get(&format!("/v2/people.json?per_page=100&page={page}"))
                .await;
            count += reply["data"].as_array().unwrap().len();
            match reply["metadata"]["paging"]["next_page"].as_u64() {
                Some(next) => page = next,
                None => return count,
            }
        }
    }
}
