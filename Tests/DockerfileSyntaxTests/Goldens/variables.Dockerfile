ARG REGISTRY=docker.io BASE=${REGISTRY}/library/debian
ARG VARIANT
FROM --platform=$BUILDPLATFORM ${BASE}:${VARIANT:-bookworm-slim} AS fetch
ARG VARIANT MODEL=org/name EMPTY= QUOTED="two words"
ENV PATH=/opt/venv/bin:$PATH LD_LIBRARY_PATH=/cuda:${LD_LIBRARY_PATH} \
    NAME=${MODEL##*/} ESCAPED=\$HOME
ADD --checksum=sha256:aaaa --chown=$USER:${GROUP:-app} https://example.org/${MODEL}.tar.gz /models/
ADD --unpack=false ["weights/part 1.bin", "weights/part 2.bin", "/models/"]
COPY --link --parents --exclude=*.md --exclude=!README.md ./src/./pkg ./
WORKDIR ${NAME:-/models}/$SUB
EXPOSE 8000-8010/udp ${PORTS}
VOLUME ["/models", "/cache dir"]
USER ${UID:-1000}
STOPSIGNAL $SIG
FROM fetch
LABEL org.example.name="llm server" org.example.model=$MODEL
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN curl -sf https://example.org/list | sort > /list
CMD exec serve --model "$MODEL"
