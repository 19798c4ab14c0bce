# syntax=docker/dockerfile:1
ARG CUDA_VERSION=12.4.1
ARG UBUNTU=22.04
FROM nvidia/cuda:${CUDA_VERSION}-devel-ubuntu${UBUNTU} AS build
ARG TORCH_CUDA_ARCH_LIST="8.0 8.6 9.0+PTX"
ENV TORCH_CUDA_ARCH_LIST=${TORCH_CUDA_ARCH_LIST} \
    # keep the tree small
    PIP_NO_CACHE_DIR=0

RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends \
        build-essential \
        # needed by the extension
        ninja-build \
        python3-dev
WORKDIR /src
COPY requirements*.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
COPY csrc/ csrc/
RUN --mount=type=bind,source=.git,target=.git,rw \
    --mount=type=secret,id=hf,env=HF_HOME_SECRET \
    python3 setup.py bdist_wheel --dist-dir=dist

FROM nvidia/cuda:${CUDA_VERSION}-runtime-ubuntu${UBUNTU} AS runtime
RUN --mount=from=build,source=/src/dist,target=/dist pip install /dist/*.whl
COPY --from=build --chown=1000:1000 --chmod=0755 /src/entrypoint.sh /usr/local/bin/
USER 1000:1000
ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]
CMD ["serve", "--port", "8000"]
