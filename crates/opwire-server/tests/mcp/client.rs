//! A client that speaks the protocol line by line.

use opwire_server::Mcp;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};

/// A client of a server in the same process.
pub(crate) struct Client {
    lines: BufReader<ReadHalf<DuplexStream>>,
    writes: WriteHalf<DuplexStream>,
    last: u64,
    /// What came beside answers: notifications, and requests of the server.
    pub(crate) beside: Vec<Value>,
}

impl Client {
    /// Connects, and says what the client can do.
    pub(crate) async fn new(mcp: Mcp, capabilities: Value) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (lines, writes) = tokio::io::split(ours);
        tokio::spawn(mcp.serve(tokio::io::split(theirs), std::future::pending()));
        let mut client = Self {
            lines: BufReader::new(lines),
            writes,
            last: 0,
            beside: Vec::new(),
        };
        let hello = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": capabilities,
            "clientInfo": { "name": "test", "version": "1" },
        });
        let answer = client.ask("initialize", hello).await;
        assert_eq!(answer["result"]["serverInfo"]["name"], "opwire", "{answer}");
        client
            .say(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
            .await;
        client
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.writes
            .write_all(format!("{message}\n").as_bytes())
            .await
            .unwrap();
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Sends a request and doesn't wait; gives its ID.
    pub(crate) async fn send(&mut self, method: &str, params: Value) -> u64 {
        self.last += 1;
        let id = self.last;
        self.say(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
            .await;
        id
    }

    /// The answer to a request.
    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.hear().await;
            if message["id"] == json!(id) && message.get("method").is_none() {
                return message;
            }
            self.beside.push(message);
        }
    }

    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params).await;
        self.answer(id).await
    }

    /// A tool's result.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        self.ask("tools/call", params).await["result"].take()
    }

    pub(crate) async fn tools(&mut self) -> Vec<Value> {
        let answer = self.ask("tools/list", json!({})).await;
        answer["result"]["tools"].as_array().unwrap().clone()
    }
}

/// The text of a result.
pub(crate) fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap()
}

/// What a result says of itself.
pub(crate) fn token(result: &Value) -> Option<&str> {
    result["structuredContent"]["_opwire"]["continue"].as_str()
}
