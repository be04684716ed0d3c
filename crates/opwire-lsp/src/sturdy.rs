//! [`Sturdy`]: a request that panics fails, and the server goes on.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};
use tower_lsp_server::jsonrpc::{Error, Request, Response};
use tower_service::Service;

/// A service whose panics are internal errors of the protocol.
#[derive(Debug)]
pub(crate) struct Sturdy<S>(pub(crate) S);

impl<S> Service<Request> for Sturdy<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let id = request.id().cloned();
        // The state behind it is put right by whoever locks it next: it holds whole texts, changed at one stroke.
        let answer = AssertUnwindSafe(self.0.call(request)).catch_unwind();
        let answer = answer.map(|answer| {
            answer.unwrap_or_else(|_| {
                Ok(id.map(|id| Response::from_error(id, Error::internal_error())))
            })
        });
        answer.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Panics at every request but one.
    struct Shaky;

    impl Service<Request> for Shaky {
        type Response = Option<Response>;
        type Error = Infallible;
        type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> Self::Future {
            Box::pin(async move {
                assert_eq!(request.method(), "good", "a fault of the server");
                let (_, id, _) = request.into_parts();
                Ok(id.map(|id| Response::from_ok(id, serde_json::json!(1))))
            })
        }
    }

    #[tokio::test]
    async fn a_panic_fails_its_request_alone() {
        let mut service = Sturdy(Shaky);
        let request = |method: &'static str| Request::build(method).id(7).finish();
        let Ok(answer) = service.call(request("bad")).await;
        let answer = answer.unwrap();
        assert_eq!(answer.error().unwrap().code.code(), -32603);
        let Ok(answer) = service.call(request("good")).await;
        assert!(answer.unwrap().is_ok());
        let Ok(answer) = service.call(Request::build("bad").finish()).await;
        assert!(answer.is_none(), "a notification has no answer");
    }
}
