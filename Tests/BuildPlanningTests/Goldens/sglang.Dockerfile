# A server in SGLang's manner: one stage, and the kind of build chosen by arguments.
ARG CUDA_VERSION=12.6.1

FROM nvidia/cuda:${CUDA_VERSION}-cudnn-devel-ubuntu22.04 AS base
ARG BUILD_TYPE=all
ARG BRANCH_TYPE=remote
ARG CUDA_VERSION
ENV DEBIAN_FRONTEND=noninteractive \
    CUDA_HOME=/usr/local/cuda \
    GDRCOPY_HOME=/usr/src/gdrdrv-2.4.4/
ENV PATH="${PATH}:/usr/local/nvidia/bin" \
    LD_LIBRARY_PATH="${LD_LIBRARY_PATH}:/usr/local/nvidia/lib64"

RUN <<SETUP
set -eux
echo 'tzdata tzdata/Zones/America select Los_Angeles' | debconf-set-selections
apt-get update -y
apt-get install -y --no-install-recommends python3 python3-pip curl git libopenmpi-dev
rm -rf /var/lib/apt/lists/*
SETUP

WORKDIR /sgl-workspace
FROM scratch AS local_src
COPY . /src

FROM base AS build-image
COPY --from=local_src /src /tmp/local_src
RUN if [ "$BRANCH_TYPE" = "local" ]; then \
      cp -r /tmp/local_src sglang; \
    else \
      git clone --depth=1 https://example.org/sglang.git sglang; \
    fi \
 && rm -rf /tmp/local_src

ARG BUILD_TYPE
RUN --mount=type=cache,target=/root/.cache/pip python3 -m pip install --upgrade pip setuptools wheel \
 && case "$CUDA_VERSION" in \
      12.6.1) CUINDEX=126 ;; \
      12.8.1) CUINDEX=128 ;; \
      *) echo "no wheels for CUDA $CUDA_VERSION" && exit 1 ;; \
    esac \
 && cd sglang && python3 -m pip install -e "python[${BUILD_TYPE}]" --extra-index-url https://download.pytorch.org/whl/cu${CUINDEX}

COPY --chmod=755 <<-'LAUNCH' /usr/local/bin/launch
	#!/bin/sh
	exec python3 -m sglang.launch_server --host 0.0.0.0 --port "${PORT:-30000}" "$@"
LAUNCH
ENV PORT=30000
EXPOSE ${PORT}/tcp
VOLUME /root/.cache/huggingface
STOPSIGNAL SIGINT
CMD ["launch"]
