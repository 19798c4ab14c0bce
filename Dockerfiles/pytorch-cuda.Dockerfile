# PyTorch with CUDA, serving a Hugging Face model over HTTP.
#
# Copy this file and serve.py into a directory that holds the model in `model/` (config.json, *.safetensors, the
# tokenizer's files), then:
#
#     llmbox build -t assistant:v1 -f pytorch-cuda.Dockerfile .
#     llmbox run -d --gpus all -p 8000:8000 assistant:v1
#     curl http://localhost:8000/generate -d '{"prompt": "Hello"}' -H 'Content-Type: application/json'
#
# Without the weights in the image, which is better for many models or very large ones:
#
#     llmbox build -t runtime:v1 --target runtime -f pytorch-cuda.Dockerfile .
#     llmbox run -d --gpus all -p 8000:8000 -v /data/model:/app/model:ro runtime:v1
#
# Base, framework, libraries, weights and code are layers of their own: new weights do not send the framework again.
#
# The host needs NVIDIA's driver 580 or later, as CUDA 13 does. The versions belong together: PyTorch 2.14.0 on PyPI is
# built with CUDA 13.0.3, and brings its own CUDA libraries, so the last stage starts from the small `base` image.
#
# Not built by this project's tests, which have no GPU and no access to the base images; they parse it.

ARG CUDA_VERSION=13.0.3
ARG UBUNTU_VERSION=24.04

# --- framework: PyTorch in a virtual environment ----------------------------------------------------------------------
FROM ubuntu:${UBUNTU_VERSION} AS framework
ARG TORCH_VERSION=2.14.0
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
# The cache is kept between builds and is in no layer.
RUN --mount=type=cache,target=/root/.cache/pip,sharing=locked \
    pip install "torch==${TORCH_VERSION}"

# --- builder: compilers, for libraries without a ready wheel; nothing of this stage but the wheels is kept ------------
FROM nvidia/cuda:${CUDA_VERSION}-devel-ubuntu${UBUNTU_VERSION} AS builder
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential git ninja-build python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY --from=framework /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
# Turing to Blackwell; fewer architectures compile faster.
ENV TORCH_CUDA_ARCH_LIST="7.5 8.0 8.6 8.9 9.0 10.0 12.0+PTX"
# Add libraries that compile CUDA code here.
COPY <<REQUIREMENTS /requirements.txt
accelerate==1.15.0
fastapi==0.165.0
prometheus-client==0.26.0
safetensors==0.8.0
transformers==5.23.0
uvicorn==0.54.0
REQUIREMENTS
# The constraints keep a library from bringing another PyTorch, or another version of what PyTorch brought.
RUN --mount=type=cache,target=/root/.cache/pip,sharing=locked \
    pip freeze > /constraints.txt \
    && pip wheel --wheel-dir /wheels -c /constraints.txt -r /requirements.txt \
    && rm -f /wheels/torch-*.whl /wheels/nvidia_*.whl /wheels/triton-*.whl /wheels/cuda_*.whl

# --- runtime: everything but the weights ------------------------------------------------------------------------------
FROM nvidia/cuda:${CUDA_VERSION}-base-ubuntu${UBUNTU_VERSION} AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 model
COPY --from=framework /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
RUN --mount=type=bind,from=builder,source=/wheels,target=/wheels \
    --mount=type=bind,from=builder,source=/requirements.txt,target=/requirements.txt \
    pip install --no-cache-dir --no-index --find-links /wheels -r /requirements.txt

# What `run --gpus` goes by: which parts of the driver to give, and which driver is too old.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    NVIDIA_REQUIRE_CUDA="cuda>=13.0"
LABEL org.opencontainers.image.title="PyTorch with CUDA"

# Nothing is fetched when the model is served, and output is not held back.
ENV HF_HUB_OFFLINE=1 \
    PYTHONUNBUFFERED=1 \
    MODEL=/app/model \
    DEVICE=cuda
WORKDIR /app
COPY serve.py /app/
USER model
EXPOSE 8000
# A large model takes minutes to load.
HEALTHCHECK --interval=30s --timeout=10s --start-period=10m --retries=3 \
    CMD ["curl", "-fsS", "http://localhost:8000/health"]
STOPSIGNAL SIGTERM
CMD ["uvicorn", "serve:app", "--host", "0.0.0.0", "--port", "8000"]

# --- the image with its weights ---------------------------------------------------------------------------------------
FROM runtime
# --link keeps the layer the same when what is below it changes; the mode lets any user read the files.
COPY --link --chmod=0755 model /app/model
