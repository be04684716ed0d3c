//! [`Mock`]: the service over HTTP on loopback, made from the examples.

mod asked;
mod route;
mod rules;

use crate::example::{Example, ExampleError};
use crate::transcript::Transcript;
use asked::Asked;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use opwire::Catalog;
use route::Service;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const MAX_BODY: usize = 10 * 1024 * 1024;
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request that has begun to come may take when the mock stops.
const FINISH: Duration = Duration::from_secs(10);

/// A request that the mock answered, for a log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Served {
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
}

type Log = dyn Fn(&Served) + Send + Sync;

/// The services of a catalog's connectors, answering from their examples.
///
/// A request is matched by method and path. It must carry the connector's credential (401 otherwise) and be one that
/// the manifest can make (422 otherwise). A request that an example makes to the letter gets that example's reply;
/// any other gets the plain example's. Links in a reply's headers lead to the mock instead of the service.
#[derive(Clone)]
pub struct Mock {
    /// Swapped as one.
    services: Arc<Mutex<Arc<Vec<Service>>>>,
    log: Option<Arc<Log>>,
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock")
            .field("services", &self.services().len())
            .finish_non_exhaustive()
    }
}

impl Mock {
    /// Reads and runs the examples of every connector, or of one.
    ///
    /// # Errors
    /// When an example can't be read or run, or no connector has the name.
    pub async fn new(catalog: &Catalog, connector: Option<&str>) -> Result<Self, ExampleError> {
        let mut services = Vec::new();
        for found in catalog
            .connectors()
            .filter(|c| connector.is_none_or(|name| c.name() == name))
        {
            let mut examples = Vec::new();
            for example in Example::of_connector(found)? {
                let transcript = Transcript::of(catalog, &example).await?;
                examples.push((example, transcript));
            }
            services.push(Service::new(catalog, found, &examples));
        }
        if services.is_empty() {
            let name = connector.unwrap_or("(any)");
            return Err(ExampleError::new(
                std::path::Path::new(name),
                "there is no such connector",
            ));
        }
        Ok(Self {
            services: Arc::new(Mutex::new(Arc::new(services))),
            log: None,
        })
    }

    fn services(&self) -> Arc<Vec<Service>> {
        Arc::clone(&self.services.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Calls `log` with each request that was answered.
    #[must_use]
    pub fn with_log(mut self, log: impl Fn(&Served) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Starts listening; port 0 takes any free one.
    ///
    /// # Errors
    /// When the address can't be bound.
    pub async fn start(self, address: SocketAddr) -> io::Result<Running> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let names = self.services();
        let names = names.iter().map(|service| service.name.clone()).collect();
        tokio::spawn(accept(listener, self.clone(), stopped));
        Ok(Running {
            address,
            names,
            mock: self,
            stop,
        })
    }

    /// Answers one request.
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => {
                return plain(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "{\"error\":\"Payload too large\"}",
                );
            }
        };
        let asked = Asked::new(&head, &body);
        let services = self.services();
        let several = services.len() > 1;
        let answered = services.iter().find_map(|service| {
            let asked = if several {
                asked.below(&service.name)?
            } else {
                asked.clone()
            };
            let mut response = service.answer(&asked);
            if let Some(origin) = asked.origin() {
                let below = if several {
                    format!("/{}", service.name)
                } else {
                    String::new()
                };
                lead(
                    &mut response,
                    &service.base_url,
                    &format!("{origin}{below}"),
                );
            }
            Some(response)
        });
        let mut response = answered.unwrap_or_else(|| {
            let mut response = Response::new(Bytes::from_static(b"{\"error\":\"Not Found\"}"));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        });
        if !response.body().is_empty() && !response.headers().contains_key(header::CONTENT_TYPE) {
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                header::HeaderValue::from_static("application/json"),
            );
        }
        if let Some(log) = &self.log {
            let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
            log(&Served {
                method,
                path,
                status: response.status().as_u16(),
            });
        }
        response.map(Full::new)
    }
}

/// Links to the service, such as those to further pages (RFC 8288), lead to the mock.
fn lead(response: &mut Response<Bytes>, service: &str, mock: &str) {
    for value in response.headers_mut().values_mut() {
        let text = value.to_str().ok().filter(|text| text.contains(service));
        let text = text.map(|text| text.replace(service, mock));
        if let Some(text) = text.and_then(|text| text.parse().ok()) {
            *value = text;
        }
    }
}

fn plain(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response
}

async fn accept(listener: TcpListener, mock: Mock, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                tokio::spawn(serve(stream, mock.clone(), stopped.clone()));
            },
            _ = stopped.changed() => return,
        }
    }
}

async fn serve(stream: TcpStream, mock: Mock, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(move |request| {
        let mock = mock.clone();
        async move { Ok::<_, Infallible>(mock.answer(request).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => {}
    }
    // What has begun to come is answered.
    connection.as_mut().graceful_shutdown();
    drop(tokio::time::timeout(FINISH, connection).await);
}

/// A mock that listens. When it is dropped it takes no more connections.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    names: Vec<String>,
    mock: Mock,
    stop: watch::Sender<bool>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The connectors that it stands for.
    #[must_use]
    pub fn connectors(&self) -> &[String] {
        &self.names
    }

    /// The base URL of a connector's service.
    #[must_use]
    pub fn base_url(&self, connector: &str) -> String {
        if self.names.len() > 1 {
            format!("http://{}/{connector}", self.address)
        } else {
            format!("http://{}", self.address)
        }
    }

    /// Answers as another mock would from now on. Says whether it does: not when that one stands for other connectors.
    #[must_use]
    pub fn answer_as(&self, other: &Mock) -> bool {
        let services = other.services();
        let same = services.iter().map(|service| &service.name).eq(&self.names);
        if same {
            let mut own = self
                .mock
                .services
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *own = services;
        }
        same
    }

    /// Takes no more connections, and waits until what has begun to come is answered, but no longer than 10 seconds.
    pub async fn finish(self) {
        self.stop.send_replace(true);
        self.stop.closed().await;
    }
}
