FROM nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y \
    python3-pip \
    libgl1-mesa-glx \
    && rm -rf /var/lib/apt/lists/*
RUN pip3 install --no-cache-dir \
    torch==2.0.1+cu118 \
    transformers==4.30.2 \
    accelerate==0.20.3
COPY ./model_weights /app/model_weights
COPY ./inference.py /app/inference.py
WORKDIR /app
CMD ["python3", "inference.py"]
