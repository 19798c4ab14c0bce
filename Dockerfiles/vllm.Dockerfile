# vLLM: an OpenAI-compatible server with paged attention and continuous batching, for NVIDIA GPUs.
#
#     llmbox build -t vllm:v1 -f vllm.Dockerfile .
#     llmbox run -d --gpus all -p 8000:8000 -v /data/model:/model:ro vllm:v1
#     curl http://localhost:8000/v1/completions -H 'Content-Type: application/json' \
#         -d '{"model": "model", "prompt": "Hello", "max_tokens": 32}'
#
# Options of vLLM go after the image: llmbox run … vllm:v1 --tensor-parallel-size 2 --max-model-len 8192
# Figures for Prometheus are at /metrics on the same port.
#
# The context needs no files. To put weights into the image, put them in `model/` and build --target baked.
#
# The host needs NVIDIA's driver 580 or later. vLLM 0.33.0 on PyPI asks for PyTorch 2.14.0, which is built with CUDA
# 13.0.3. The last stage has the CUDA compiler too, because vLLM's kernels for some models are compiled when first used.
#
# Not built by this project's tests, which have no GPU and no access to the base image; they parse it.

ARG CUDA_VERSION=13.0.3
ARG UBUNTU_VERSION=24.04

FROM nvidia/cuda:${CUDA_VERSION}-devel-ubuntu${UBUNTU_VERSION} AS server
ARG VLLM_VERSION=0.33.0
# Some kernels are compiled by a C compiler through Triton, at run time.
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl gcc libc6-dev python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 model
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH

# The framework first, in a layer that the next version of vLLM may share.
RUN --mount=type=cache,target=/root/.cache/pip,sharing=locked \
    pip install torch==2.14.0
RUN --mount=type=cache,target=/root/.cache/pip,sharing=locked \
    pip install "vllm==${VLLM_VERSION}"

LABEL org.opencontainers.image.title="vLLM"
# `run --gpus` gives these parts of the driver, and refuses a driver that is too old before anything starts.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    NVIDIA_REQUIRE_CUDA="cuda>=13.0" \
    HF_HUB_OFFLINE=1 \
    VLLM_NO_USAGE_STATS=1 \
    PYTHONUNBUFFERED=1

USER model
WORKDIR /home/model
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=15m --retries=3 \
    CMD ["curl", "-fsS", "http://localhost:8000/health"]
ENTRYPOINT ["vllm", "serve", "/model", "--served-model-name", "model", "--host", "0.0.0.0", "--port", "8000"]

FROM server AS baked
COPY --link --chmod=0755 model /model

# The last stage is the one that is built when no --target is given: without weights.
FROM server
