# Every mistake here is reported, not only the first.
FROM debian:bookworm-slim AS base
ARG MODEL=gpt2
RUN --mount=type=cahce,target=/root/.cache pip install torch
ENV MODEL_DIR=/models MODEL_NAME
WORKDIR /app

COPPY model.gguf /models/
HEALTHCHECK --interval=30 CMD curl -f http://localhost:8000/health
COPY --from=bulid --chwon=app:app /out /app
