# A static binary and nothing else. Build: docker build -t ztlint .
# Run: docker run --rm --network none --read-only -v "$PWD:/src:ro" ztlint check
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /build
COPY . .
RUN cargo build --release --locked --bin ztlint

FROM scratch
COPY --from=build /build/target/release/ztlint /ztlint
USER 65532:65532
WORKDIR /src
ENTRYPOINT ["/ztlint"]
CMD ["check"]
