# syntax=docker/dockerfile:1

# A static program on nothing else: no shell, no package manager, no root.
FROM rust:1.95-alpine AS build
RUN apk add --no-cache build-base ca-certificates cmake perl
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release -p opwire-cli --features otlp \
    && cp target/release/opwire /opwire
RUN mkdir /data && chown 65532:65532 /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /data /data
COPY --from=build /opwire /opwire
COPY operations /operations
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["/opwire", "health"]
ENTRYPOINT ["/opwire"]
CMD ["serve", "--listen", "0.0.0.0:8787", "--operations", "/operations", "--store", "sqlite:/data/opwire.db"]
