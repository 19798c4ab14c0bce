# A server in llama.cpp's manner: one build, and a target for each way to use it.
ARG UBUNTU_VERSION=22.04
ARG CUDA_VERSION=12.4.0
ARG BASE_CUDA_DEV_CONTAINER=nvidia/cuda:${CUDA_VERSION}-devel-ubuntu${UBUNTU_VERSION}
ARG BASE_CUDA_RUN_CONTAINER=nvidia/cuda:${CUDA_VERSION}-runtime-ubuntu${UBUNTU_VERSION}

FROM ${BASE_CUDA_DEV_CONTAINER} AS build
# default: every architecture that the compiler knows
ARG CUDA_DOCKER_ARCH=default
RUN apt-get update && \
    apt-get install -y build-essential cmake python3 python3-pip git libcurl4-openssl-dev libgomp1
WORKDIR /app
COPY . .
RUN if [ "${CUDA_DOCKER_ARCH}" != "default" ]; then \
    export CMAKE_ARGS="-DCMAKE_CUDA_ARCHITECTURES=${CUDA_DOCKER_ARCH}"; \
    fi && \
    cmake -B build -DGGML_NATIVE=OFF -DGGML_CUDA=ON -DGGML_BACKEND_DL=ON ${CMAKE_ARGS} . && \
    cmake --build build --config Release -j$(nproc)
RUN mkdir -p /app/lib && \
    find build -name "*.so" -exec cp {} /app/lib \;
RUN mkdir -p /app/full \
    && cp build/bin/* /app/full \
    && cp *.py /app/full

FROM ${BASE_CUDA_RUN_CONTAINER} AS base
RUN apt-get update \
    && apt-get install -y libgomp1 curl\
    && apt autoremove -y \
    && apt clean -y \
    && find /var/cache -type f -delete
COPY --from=build /app/lib/ /app

FROM base AS full
COPY --from=build /app/full /app
WORKDIR /app
RUN pip install --upgrade pip setuptools wheel
ENTRYPOINT ["/app/tools.sh"]

FROM base AS light
COPY --from=build /app/full/llama-cli /app
WORKDIR /app
ENTRYPOINT [ "/app/llama-cli" ]

FROM base AS server
ENV LLAMA_ARG_HOST=0.0.0.0
COPY --from=build /app/full/llama-server /app
WORKDIR /app
HEALTHCHECK CMD [ "curl", "-f", "http://localhost:8080/health" ]
ENTRYPOINT [ "/app/llama-server" ]
