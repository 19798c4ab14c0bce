# syntax=docker/dockerfile:1
# A server in vLLM's manner: wheels are compiled in one stage, tested in another, and installed in a third.
ARG CUDA_VERSION=12.8.1
ARG PYTHON_VERSION=3.12
ARG BUILD_BASE=nvidia/cuda:${CUDA_VERSION}-devel-ubuntu22.04
ARG FINAL_BASE=nvidia/cuda:${CUDA_VERSION}-runtime-ubuntu22.04

FROM ${BUILD_BASE} AS toolchain
ARG CUDA_VERSION
ARG PYTHON_VERSION
ARG TARGETPLATFORM
ENV DEBIAN_FRONTEND=noninteractive
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get update -y \
    # compilers first, they change least
    && apt-get install -y --no-install-recommends ccache curl git gcc-12 g++-12 \
    && update-alternatives --install /usr/bin/gcc gcc /usr/bin/gcc-12 110
RUN curl -LsSf https://astral.sh/uv/install.sh | sh
ENV PATH="/root/.local/bin:/opt/venv/bin:${PATH}" \
    UV_HTTP_TIMEOUT=500 \
    UV_LINK_MODE=copy
RUN uv venv --python ${PYTHON_VERSION} --seed /opt/venv
WORKDIR /workspace
COPY requirements/common.txt requirements/cuda.txt requirements/
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install -r requirements/cuda.txt \
    --extra-index-url https://download.pytorch.org/whl/cu$(echo $CUDA_VERSION | cut -d. -f1,2 | tr -d '.')

FROM toolchain AS wheel
ARG max_jobs=2
ENV MAX_JOBS=${max_jobs}
ARG nvcc_threads=8
ENV NVCC_THREADS=$nvcc_threads
ARG torch_cuda_arch_list='7.0 7.5 8.0 8.9 9.0+PTX'
ENV TORCH_CUDA_ARCH_LIST=${torch_cuda_arch_list}
COPY . .
ARG USE_SCCACHE
ENV CCACHE_DIR=/root/.cache/ccache
RUN --mount=type=cache,target=/root/.cache/ccache \
    --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=.git,target=.git \
    if [ "$USE_SCCACHE" != "1" ]; then python3 setup.py bdist_wheel --dist-dir=dist; fi

FROM ${FINAL_BASE} AS runtime
ARG PYTHON_VERSION
RUN echo 'tzdata tzdata/Areas select America' | debconf-set-selections \
    && apt-get update -y && apt-get install -y python${PYTHON_VERSION} python3-pip libibverbs-dev \
    && rm -rf /var/lib/apt/lists/*
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64:${LD_LIBRARY_PATH}
RUN --mount=type=bind,from=wheel,src=/workspace/dist,target=/dist \
    --mount=type=cache,target=/root/.cache/pip \
    python3 -m pip install /dist/*.whl --verbose

FROM runtime AS test
COPY --from=wheel /workspace/tests /vllm/tests
RUN pytest /vllm/tests

FROM runtime AS openai
RUN --mount=type=cache,target=/root/.cache/pip pip install accelerate hf_transfer 'modelscope!=1.15.0'
ENV VLLM_USAGE_SOURCE=production-docker-image
EXPOSE 8000
ENTRYPOINT ["python3", "-m", "vllm.entrypoints.openai.api_server"]
