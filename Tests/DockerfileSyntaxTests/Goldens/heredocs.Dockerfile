# syntax=docker/dockerfile:1
FROM python:3.11-slim
RUN <<EOT
set -e
# a comment of the script
apt-get update
apt-get install -y curl
EOT
RUN python3 - <<'PY' > /models.txt
for name in ["a", "b"]:
    print(name)
PY
RUN <<check
#!/usr/bin/env python3
print("ok")
check
COPY --chmod=0644 <<config.json <<-"start me" /etc/server/
{"model": "${MODEL:-gpt2}", "threads": 4}
config.json
	#!/bin/sh
	exec server "$@"
	start me
ONBUILD COPY <<note /note
built on $BASE
note
ENTRYPOINT ["sh", "/etc/server/start me"]
