FROM debian:bookworm-slim AS base
ENV PYTHONUNBUFFERED=1
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-pip ca-certificates \
 && rm -rf /var/lib/apt/lists/*

FROM base AS dependencies
COPY requirements.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    pip install --break-system-packages --requirement /tmp/requirements.txt

FROM dependencies
COPY model/ /app/model/
COPY server.py generate.py /app/
WORKDIR /app
EXPOSE 8000
HEALTHCHECK --interval=5s --start-period=30s CMD python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health')"
CMD ["python3", "server.py", "--model", "model"]
