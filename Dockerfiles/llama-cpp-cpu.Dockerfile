# syntax=docker/dockerfile:1
# llama.cpp on the CPU: an OpenAI-compatible server for a model in GGUF form.
#
#     llmbox build -t llama:v1 -f llama-cpp-cpu.Dockerfile .
#     llmbox run -d -p 8080:8080 --memory 8g --cpus 8 -v /data/model.gguf:/models/model.gguf:ro llama:v1
#     curl http://localhost:8080/v1/chat/completions -H 'Content-Type: application/json' \
#         -d '{"messages": [{"role": "user", "content": "Hello"}]}'
#
# The server's settings are environment variables: -e LLAMA_ARG_CTX_SIZE=8192 -e LLAMA_ARG_N_PARALLEL=4.
# The context needs no files. To put a model into the image, name it: --target baked --build-arg MODEL=my-model.gguf
#
# One image for every x86-64: each kind of CPU has its own backend, and the best is chosen when the server starts.
#
# Not built by this project's tests, which have no access to the sources of llama.cpp; they parse it.

ARG LLAMA_CPP_VERSION=b10884

FROM debian:bookworm-slim AS builder
ARG LLAMA_CPP_VERSION
RUN <<END
set -eu
apt-get update
apt-get install -y --no-install-recommends build-essential ca-certificates ccache cmake git ninja-build
rm -rf /var/lib/apt/lists/*
END
RUN git clone --depth 1 --branch "${LLAMA_CPP_VERSION}" https://github.com/ggml-org/llama.cpp.git /src
# GGML_NATIVE=OFF: the CPU that compiles need not be the one that runs. The compiler's cache outlives a change of version.
RUN --mount=type=cache,target=/root/.cache/ccache <<END
set -eu
cmake -S /src -B /build -G Ninja \
    -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_RPATH='$ORIGIN' \
    -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON \
    -DGGML_BACKEND_DL=ON \
    -DGGML_CPU_ALL_VARIANTS=ON \
    -DGGML_NATIVE=OFF \
    -DLLAMA_BUILD_TESTS=OFF \
    -DLLAMA_CURL=OFF
# All of it: the backends are targets of their own, which the server does not depend on.
cmake --build /build
mkdir /out
cp -a /build/bin/llama-server /build/bin/*.so* /out/
find /out -type f -exec strip --strip-unneeded {} +
END

FROM debian:bookworm-slim AS server
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl libgomp1 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 model
COPY --from=builder /out /opt/llama.cpp
# LLAMA_ARG_HOST: the server listens on the loopback device alone unless told otherwise.
ENV LLAMA_ARG_HOST=0.0.0.0 \
    LLAMA_ARG_PORT=8080 \
    LLAMA_ARG_MODEL=/models/model.gguf \
    LLAMA_ARG_ENDPOINT_METRICS=1
USER model
WORKDIR /home/model
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m --retries=3 \
    CMD ["curl", "-fsS", "http://localhost:8080/health"]
ENTRYPOINT ["/opt/llama.cpp/llama-server"]

FROM server AS baked
ARG MODEL=model.gguf
COPY --link --chmod=0644 ${MODEL} /models/model.gguf

FROM server
