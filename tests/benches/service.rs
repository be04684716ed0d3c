//! The service, in a process of its own.

use bytes::Bytes;
use opwire_tests::{Upstream, json};
use serde_json::{Value, json as value};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

fn sample() -> Value {
    let file = super::root().join("tests/samples/salesloft/create_person.output.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// A person of 2.9 KB.
fn person() -> Value {
    let mut person = sample();
    person["data"]["notes"] = value!("x".repeat(1200));
    person
}

/// 100 users of 680 bytes.
fn users() -> Value {
    let user = |id: u64| {
        value!({"id": id, "guid": format!("guid-{id:032}"), "name": format!("User {id}"), "first_name": "User", "last_name": id.to_string(),
            "email": format!("user{id}@example.com"), "job_role": "Sales", "active": true, "time_zone": "US/Eastern",
            "team": {"id": 1, "_href": "https://api.salesloft.com/v2/team"}, "group": {"id": 7, "_href": "https://api.salesloft.com/v2/groups/7"},
            "email_signature": "Best regards, ".repeat(20), "created_at": "2023-05-15T10:30:00Z", "updated_at": "2023-05-15T10:30:00Z"})
    };
    value!({"data": (0..100).map(user).collect::<Vec<_>>(), "metadata": {"filtering": {}}})
}

/// A page of 100 people, each with every field.
fn page(number: u64) -> Value {
    let mut record = sample()["data"].clone();
    let next = if number < 100 {
        value!(number + 1)
    } else {
        Value::Null
    };
    let mut data = Vec::new();
    for n in 0..100 {
        record["id"] = value!(number * 100 + n);
        data.push(record.clone());
    }
    value!({"data": data, "metadata": {"paging": {"per_page": 100, "current_page": number, "next_page": next, "prev_page": null}}})
}

/// Serves until standard input ends.
pub(crate) async fn serve() {
    let (person, users) = (
        Bytes::from(person().to_string()),
        Bytes::from(users().to_string()),
    );
    let pages: Vec<Bytes> = (1..=100)
        .map(|number| Bytes::from(page(number).to_string()))
        .collect();
    let upstream = Upstream::start(move |request| match request.uri().path() {
        "/v2/users.json" => json(200, users.clone()),
        "/v2/people.json" => {
            let query = request.uri().query().unwrap_or_default();
            let number = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("page=")?.parse::<usize>().ok());
            json(200, pages[number.unwrap_or(1) - 1].clone())
        }
        _ => json(200, person.clone()),
    });
    let upstream = upstream.await.unwrap();
    println!("{}", upstream.url());
    std::io::stdout().flush().unwrap();
    tokio::task::spawn_blocking(|| std::io::stdin().lines().for_each(drop))
        .await
        .unwrap();
}

/// The other process.
pub(crate) struct Child {
    process: std::process::Child,
    pub(crate) url: String,
}

impl Child {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("--service")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        Self {
            process,
            url: url.trim().to_owned(),
        }
    }

    pub(crate) fn stop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}
