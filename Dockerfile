# rowsmith with a Postgres: `docker run --rm -v "$PWD:/project" rowsmith check`
FROM rust:1-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked --features tls --bin rowsmith

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /source/target/release/rowsmith /usr/local/bin/rowsmith
WORKDIR /project
ENTRYPOINT ["rowsmith"]
