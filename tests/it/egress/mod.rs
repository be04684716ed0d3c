//! Where requests may go: nothing that an input, a reply or a manifest says leads them elsewhere.

mod rebinding;
mod traps;

use crate::made::{ANY, Made};
use crate::sending::fake::{Fake, reply};
use opwire::{Engine, ErrorKind};
use serde_json::json;

fn connector(base: &str) -> String {
    format!(
        "opwire: 1\nname: t\ntitle: T\ndescription: T\nbase_url: {base}\npagination:\n  links: {{ items: '{{{{response.body.items}}}}', next: '{{{{response.body.next}}}}', request: {{ url: '{{{{next}}}}' }} }}\n"
    )
}

const PAGED: &str = "title: P\nkind: main\ndescription: P\ninput: { type: object, additionalProperties: true }\nrequest: { method: GET, path: /x }\npagination: links\n";

/// Hosts that are this machine, a private net or a machine's own service, however they are written.
const HOSTS: [&str; 68] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "0x0",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.localhost",
    "①②⑦.⓪.⓪.①",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:0:0:0:0:80ff:fffe]",
    "10.0.0.1",
    "10.255.255.255",
    "0xa.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
    "169.254.169.254",
    "169.254.170.2",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
    "metadata.google.internal",
    "metadata",
    "kubernetes",
    "db.internal",
    "printer.local",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "1.1.1.1",
    "8.8.8.8",
    "[2606:4700::1]",
    "[2001:4860:4860::8888]",
    "192.0.0.1",
    "192.88.99.1",
    "[5f00::1]",
    "[64:ff9b:1::1]",
];

/// URLs that look like the connector's own, or lead elsewhere.
const URLS: [&str; 48] = [
    "https://evil.example/x",
    "https://evil.example:443/x",
    "//evil.example/x",
    "///evil.example/x",
    "/\\evil.example/x",
    "\\\\evil.example\\x",
    "https:\\\\evil.example\\x",
    "https:/evil.example/x",
    "https:evil.example",
    "https://t.example.com@evil.example/",
    "https://t.example.com:443@evil.example/",
    "https://user:pass@t.example.com/x",
    "https://user@t.example.com/x",
    "https://t.example.com.evil.example/",
    "https://evilt.example.com/",
    "https://t.example.com%2eevil.example/",
    "https://t.example.com%00.evil.example/",
    "https://t.example.com%23@evil.example/",
    "https://t.example.com#@evil.example/",
    "https://t.example.com?@evil.example/../",
    "https://evil.example#t.example.com",
    "https://evil.example?t.example.com",
    "https://evil.example/t.example.com",
    "http://t.example.com/x",
    "http://t.example.com:443/x",
    "https://t.example.com:8443/x",
    "https://t.example.com:80/x",
    "https://t.example.com:0/x",
    "https://t.example.com:65536/x",
    "ftp://t.example.com/x",
    "file:///etc/passwd",
    "gopher://t.example.com/x",
    "data:text/plain,x",
    "javascript:alert(1)",
    "unix:/run/x.sock",
    "ws://t.example.com/x",
    "https://т.example.com/x",
    "https://t。evil。example/",
    "https://ｔ.evil.example/",
    "https://t.example.com\t.evil.example/",
    "https://t.example.com\n.evil.example/",
    " https://evil.example/",
    "https://[::1]:443/x",
    "https://[t.example.com]/x",
    "https://t.example.com\\@evil.example/",
    "https://t.example.com;evil.example/",
    "https://*.example.com/",
    "https://example.com/x",
];

const REFUSED: [ErrorKind; 3] = [
    ErrorKind::EgressDenied,
    ErrorKind::InputInvalid,
    ErrorKind::TemplateFailed,
];

/// The connector's own, however it is written.
const OWN: [&str; 6] = [
    "https://t.example.com/x",
    "https://T.EXAMPLE.COM/x",
    "https://t.example.com:443/x",
    "/x",
    "x?y=z",
    "https://t.example.com/a/b?c=d",
];

#[tokio::test]
async fn no_url_leads_elsewhere() {
    let made = Made::new(
        &connector("https://t.example.com"),
        &[("any", ANY), ("paged", PAGED)],
    );
    let hosts = HOSTS
        .iter()
        .flat_map(|host| [format!("https://{host}/x"), format!("http://{host}/x")]);
    let urls: Vec<String> = hosts.chain(URLS.map(str::to_owned)).collect();
    let (mut refused, mut stayed) = (0, 0);
    for url in &urls {
        let next = url.clone();
        let fake = Fake::new(move |_, _| {
            Ok(reply(
                200,
                &[],
                &json!({"items": [], "next": next}).to_string(),
            ))
        });
        let engine = Engine::builder()
            .catalog(made.catalog())
            .transport(fake.clone())
            .build()
            .unwrap();
        // Said by the input.
        let given = engine.invoke("t.any", json!({ "url": url })).await;
        let sent = fake.requests();
        if let Err(error) = given {
            assert!(sent.is_empty(), "{url:?}: {error}");
            assert!(REFUSED.contains(&error.kind()), "{url:?}: {error}");
            refused += 1;
        } else {
            let host = sent[0].uri().authority().unwrap().as_str();
            assert_eq!(host, "t.example.com", "{url:?}");
            stayed += 1;
        }
        // Said by a reply.
        let mut pages = engine.pages("t.paged", json!({}));
        pages.next().await.unwrap().unwrap();
        pages.next().await;
        for request in fake.requests() {
            let uri = request.uri();
            assert_eq!(
                (uri.scheme_str(), uri.authority().unwrap().as_str()),
                (Some("https"), "t.example.com"),
                "{url:?}"
            );
        }
    }
    for url in OWN {
        let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
        let engine = Engine::builder()
            .catalog(made.catalog())
            .transport(fake.clone())
            .build()
            .unwrap();
        engine.invoke("t.any", json!({ "url": url })).await.unwrap();
    }
    println!(
        "{} URLs of inputs and replies: {refused} refused, {stayed} stay at the connector's host",
        urls.len()
    );
    assert!(urls.len() >= 120);
    assert!(stayed <= 12, "{stayed}");
}

/// Credentials go to the connector's own origin, and to those of which it says so; elsewhere requests go unsigned.
#[tokio::test]
async fn credentials_go_only_where_the_connector_sends_them() {
    let text = connector("https://t.example.com")
        + "egress: ['https://files.example.com', { origin: 'https://eu.example.com', credentials: true }]\ncredentials: { type: object, properties: { key: { type: string } } }\n";
    for (auth, place) in [
        (
            "{ bearer: { token: '{{credentials.key}}' } }",
            "authorization",
        ),
        ("{ headers: { X-Key: '{{credentials.key}}' } }", "x-key"),
        (
            "{ api_key: { in: query, name: key, value: '{{credentials.key}}' } }",
            "query",
        ),
    ] {
        let made = Made::new(&format!("{text}auth: {auth}\n"), &[("any", ANY)]);
        let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
        let builder = Engine::builder().catalog(made.catalog());
        let engine = builder.transport(fake.clone()).build().unwrap();
        for (url, signed) in [
            ("https://t.example.com/x", true),
            ("/x", true),
            ("https://eu.example.com/x", true),
            ("https://files.example.com/x", false),
            ("https://FILES.example.com:443/x", false),
        ] {
            let input = json!({"url": url, "key": "s3cr3t-key"});
            engine.invoke("t.any", input).await.unwrap();
            let request = fake.requests().pop().unwrap();
            let whole = format!("{} {:?}", request.uri(), request.headers());
            let shown = request.headers().get(place).is_some() || whole.contains("s3cr3t");
            assert_eq!(shown, signed, "{auth}: {whole}");
        }
        let input = json!({"url": "https://evil.example.com/x", "key": "s3cr3t-key"});
        let error = engine.invoke("t.any", input).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EgressDenied);
        assert_eq!(fake.requests().len(), 5, "nothing was sent elsewhere");
    }
}
