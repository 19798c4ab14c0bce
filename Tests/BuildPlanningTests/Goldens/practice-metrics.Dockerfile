FROM nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y \
    python3-pip \
    && rm -rf /var/lib/apt/lists/*
RUN pip3 install --no-cache-dir torch==2.0.1+cu118 transformers==4.30.2
RUN pip install prometheus-client
COPY ./model_weights /app/model_weights
COPY ./metrics.py /app/metrics.py
COPY ./inference.py /app/inference.py
WORKDIR /app
EXPOSE 8000 9090
HEALTHCHECK --interval=30s --timeout=10s --retries=3 CMD ["curl", "-f", "http://localhost:8000/health"]
CMD ["python3", "inference.py"]
