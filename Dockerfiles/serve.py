"""Serves a Hugging Face model: POST /generate, GET /health and, for Prometheus, GET /metrics.

Started by `uvicorn serve:app`. The environment sets MODEL, the directory of the model, and DEVICE, `cpu` or `cuda`.
"""

import os
import threading
import time

import fastapi
import prometheus_client
import pydantic
import torch
import transformers

MODEL = os.environ.get("MODEL", "/app/model")
DEVICE = os.environ.get("DEVICE", "cuda" if torch.cuda.is_available() else "cpu")

tokenizer = transformers.AutoTokenizer.from_pretrained(MODEL)
model = transformers.AutoModelForCausalLM.from_pretrained(MODEL, dtype="auto").to(DEVICE).eval()
context = model.config.max_position_embeddings
# One text at a time: a second one beside it would only take memory and slow the first.
turn = threading.Lock()

requests_total = prometheus_client.Counter("model_requests_total", "Requests by status.", ["status"])
tokens_total = prometheus_client.Counter("model_tokens_total", "Tokens by kind.", ["kind"])
seconds = prometheus_client.Histogram("model_generation_seconds", "Time the model took for a request.")
waiting = prometheus_client.Gauge("model_requests_waiting", "Requests that wait for the model or use it.")

app = fastapi.FastAPI(title="A model")


class Request(pydantic.BaseModel, extra="forbid"):
    """The body of POST /generate."""

    prompt: str = pydantic.Field(min_length=1)
    max_tokens: int = pydantic.Field(64, ge=1)
    temperature: float = pydantic.Field(0.8, ge=0, le=100)
    top_k: int = pydantic.Field(40, ge=0)
    seed: int | None = pydantic.Field(None, ge=0, lt=1 << 63)


@app.get("/health")
def health():
    """Answers as soon as the model is loaded."""
    return {"status": "ok", "device": DEVICE, "model": model.config.model_type}


@app.get("/metrics")
def metrics():
    """Returns the figures above and those of the process."""
    return fastapi.Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)


# Not `async`: FastAPI runs it in a thread, and /health answers while the model works.
@app.post("/generate")
def generate(request: Request):
    """Continues a text."""
    inputs = tokenizer(request.prompt, return_tensors="pt").to(DEVICE)
    length = inputs["input_ids"].shape[1]
    if length >= context:
        requests_total.labels("400").inc()
        raise fastapi.HTTPException(400, f"the prompt has {length} tokens, the model takes {context - 1}")
    # A temperature of 0 means the likeliest token; Transformers has its own word for that.
    choice = {"do_sample": False}
    if request.temperature > 0:
        choice = {"do_sample": True, "temperature": request.temperature, "top_k": request.top_k}
    with waiting.track_inprogress(), turn, torch.inference_mode():
        if request.seed is not None:
            torch.manual_seed(request.seed)
        started = time.monotonic()
        most = min(request.max_tokens, context - length)
        output = model.generate(**inputs, max_new_tokens=most, pad_token_id=tokenizer.eos_token_id, **choice)
        seconds.observe(time.monotonic() - started)
    written = output[0, length:]
    tokens_total.labels("prompt").inc(length)
    tokens_total.labels("generated").inc(len(written))
    requests_total.labels("200").inc()
    return {"text": tokenizer.decode(written, skip_special_tokens=True), "tokens": len(written)}
