# Hugging Face Transformers on the CPU, serving a model over HTTP, with figures for Prometheus.
#
# Copy this file and serve.py into a directory that holds the model in `model/`, then:
#
#     llmbox build -t assistant:v1 -f transformers-cpu.Dockerfile .
#     llmbox run -d -p 8000:8000 --memory 4g --cpus 4 assistant:v1
#     curl http://localhost:8000/generate -d '{"prompt": "Hello"}' -H 'Content-Type: application/json'
#     curl http://localhost:8000/metrics
#
# PyTorch comes from its own index, because the wheel on PyPI brings some gigabytes of CUDA. Where that index cannot be
# reached: --build-arg TORCH_INDEX=… names a mirror. A network with its own certificate authority or its own package
# index: --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt --secret id=pip-conf,src=/etc/pip.conf
#
# Not built by this project's tests, which parse it; serve.py was run with the versions below.

ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim-bookworm AS builder
ARG TORCH_VERSION=2.13.0
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python3 -m venv /opt/torch
# Two environments, so that PyTorch is a layer of its own.
RUN --mount=type=secret,id=ca,mode=0444,required=false \
    --mount=type=secret,id=pip-conf,target=/etc/pip.conf,mode=0444,required=false \
    --mount=type=cache,target=/root/.cache/pip,sharing=locked \
    if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi \
    && /opt/torch/bin/pip install --extra-index-url "$TORCH_INDEX" "torch==${TORCH_VERSION}+cpu"
COPY <<REQUIREMENTS /requirements.txt
accelerate==1.15.0
fastapi==0.165.0
prometheus-client==0.26.0
transformers==5.23.0
uvicorn==0.54.0
REQUIREMENTS
RUN --mount=type=secret,id=ca,mode=0444,required=false \
    --mount=type=secret,id=pip-conf,target=/etc/pip.conf,mode=0444,required=false \
    --mount=type=cache,target=/root/.cache/pip,sharing=locked \
    if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi \
    && /opt/torch/bin/pip wheel --wheel-dir /wheels -r /requirements.txt \
        --extra-index-url "$TORCH_INDEX" "torch==${TORCH_VERSION}+cpu" \
    && rm /wheels/torch-*.whl

FROM python:${PYTHON_VERSION}-slim-bookworm
RUN useradd --create-home --uid 10001 model
COPY --from=builder /opt/torch /opt/torch
ENV PATH=/opt/torch/bin:$PATH
RUN --mount=type=bind,from=builder,source=/wheels,target=/wheels \
    --mount=type=bind,from=builder,source=/requirements.txt,target=/requirements.txt \
    pip install --no-cache-dir --no-index --find-links /wheels -r /requirements.txt
COPY --link --chmod=0755 model /app/model
COPY serve.py /app/
ENV HF_HUB_OFFLINE=1 \
    PYTHONUNBUFFERED=1 \
    MODEL=/app/model \
    DEVICE=cpu
WORKDIR /app
USER model
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m --retries=3 \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8000/health', timeout=5)"]
STOPSIGNAL SIGTERM
CMD ["uvicorn", "serve:app", "--host", "0.0.0.0", "--port", "8000"]
