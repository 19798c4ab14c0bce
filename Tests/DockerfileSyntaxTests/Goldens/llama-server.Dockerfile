ARG UBUNTU_VERSION=24.04

FROM ubuntu:$UBUNTU_VERSION AS build
ARG TARGETARCH
ARG GGML_CPU_ARM_ARCH=armv8-a
RUN apt-get update && \
    apt-get install -y build-essential git cmake libcurl4-openssl-dev
WORKDIR /app
COPY . .
RUN if [ "$TARGETARCH" = "amd64" ]; then \
        cmake -S . -B build -DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON; \
    elif [ "$TARGETARCH" = "arm64" ]; then \
        cmake -S . -B build -DGGML_CPU_ARM_ARCH=${GGML_CPU_ARM_ARCH}; \
    else \
        echo "Unsupported architecture"; \
        exit 1; \
    fi && \
    cmake --build build -j $(nproc)
RUN mkdir -p /app/lib && \
    find build -name "*.so" -exec cp {} /app/lib \;

FROM ubuntu:$UBUNTU_VERSION AS base
RUN apt-get update \
    && apt-get install -y libgomp1 curl \
    && find /var/cache -not -name lock -type f -delete
COPY --from=build /app/lib/ /app

FROM base AS server
ENV LLAMA_ARG_HOST=0.0.0.0
COPY --from=build /app/build/bin/llama-server /app
WORKDIR /app
HEALTHCHECK CMD [ "curl", "-f", "http://localhost:8080/health" ]
ENTRYPOINT [ "/app/llama-server" ]
