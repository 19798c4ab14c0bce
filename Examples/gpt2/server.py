#!/usr/bin/env python3
"""Serves a GPT-2 model over HTTP.

    POST /generate  {"prompt": "In the beginning", "max_tokens": 64, "temperature": 0.8, "top_k": 40, "seed": 1}
    GET  /health    {"status": "ok", ...}
    GET  /metrics   figures for Prometheus

The environment sets HOST (0.0.0.0), PORT (8000) and MODEL, the directory of the model (`model` beside this file).
"""

import dataclasses
import http.server
import json
import math
import os
import pathlib
import secrets
import signal
import sys
import threading
import time

import gpt2
from metrics import Metrics

LONGEST_BODY = 1 << 20
MOST_WAITING = 16


class RequestError(Exception):
    """An answer that is not 200: its status and its reason."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Service:
    """The model and what is known about its use; one request uses the model at a time."""

    def __init__(self, generator):
        self.generator = generator
        self.metrics = Metrics()
        self.stopping = threading.Event()
        self._turn = threading.Lock()
        self._started = time.monotonic()

    def health(self):
        """Returns the answer to `GET /health`."""
        config = self.generator.config
        return {
            "status": "ok",
            "model": {name: getattr(config, name) for name in ("n_layer", "n_head", "n_embd", "n_positions")},
            "vocabulary": config.vocab_size,
            "uptime_seconds": round(time.monotonic() - self._started, 3),
        }

    def generate(self, body):
        """Returns the answer to `POST /generate`."""
        prompt, sampling = parse(body, self.generator.config)
        try:
            if self.metrics.waiting(+1) > MOST_WAITING:
                raise RequestError(503, f"{MOST_WAITING} requests are waiting already; try again later")
            with self._turn:
                started = time.monotonic()
                result = self.generator.generate(prompt, sampling, self.stopping.is_set)
                seconds = time.monotonic() - started
        except gpt2.PromptError as error:
            raise RequestError(400, str(error)) from None
        finally:
            self.metrics.waiting(-1)
        if result.finish_reason == "cancelled":
            raise RequestError(503, "the server is stopping")
        self.metrics.generated(seconds, result.prompt_tokens, result.tokens)
        return {
            "prompt": prompt,
            **dataclasses.asdict(result),
            "seed": sampling.seed,
            "seconds": round(seconds, 4),
        }


def parse(body, config):
    """Returns the prompt and the sampling that the JSON in `body` asks for; every other field is an error."""
    try:
        fields = json.loads(body)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise RequestError(400, f"the body is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise RequestError(400, "the body must be a JSON object")
    known = {"prompt", *(field.name for field in dataclasses.fields(gpt2.Sampling))}
    unknown = sorted(set(fields) - known)
    if unknown:
        raise RequestError(400, f"unknown field `{unknown[0]}`; known are {', '.join(sorted(known))}")
    prompt = fields.pop("prompt", "")
    if not isinstance(prompt, str):
        raise RequestError(400, "`prompt` must be a string")
    fields.setdefault("seed", secrets.randbelow(1 << 31))
    for name, most in (("max_tokens", config.n_positions), ("top_k", config.vocab_size), ("seed", (1 << 63) - 1)):
        least = 1 if name == "max_tokens" else 0
        value = fields.get(name, least)
        if type(value) is not int or not least <= value <= most:
            raise RequestError(400, f"`{name}` must be a whole number from {least} to {most}")
    temperature = fields.get("temperature", 1)
    if type(temperature) not in (int, float) or not math.isfinite(temperature) or not 0 <= temperature <= 100:
        raise RequestError(400, "`temperature` must be a number from 0 to 100")
    return prompt, gpt2.Sampling(**fields)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers requests."""

    protocol_version = "HTTP/1.1"
    server_version = "llmbox-gpt2"
    sys_version = ""
    # A client that sends nothing more gives its thread back after this many seconds.
    timeout = 30
    # Headers and body leave as two writes; without this the second waits for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self):
        """Answers GET."""
        self._answer({"/health": self._health, "/metrics": self._metrics}, {"/generate": "POST"})

    def do_POST(self):
        """Answers POST."""
        self._answer({"/generate": self._generate}, {"/health": "GET", "/metrics": "GET"})

    def _answer(self, routes, elsewhere):
        path = self.path.partition("?")[0]
        try:
            if path in elsewhere:
                raise RequestError(405, f"{path} answers to {elsewhere[path]}")
            if path not in routes:
                raise RequestError(404, "there are POST /generate, GET /health and GET /metrics")
            status, kind, body = 200, *routes[path]()
        except RequestError as error:
            # What is left of a refused body would be read as the next request.
            self.close_connection = True
            status, kind, body = error.status, *_json({"error": str(error)})
        self.server.service.metrics.answered(path if status not in (404, 405) else "other", status)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _health(self):
        return _json(self.server.service.health())

    def _metrics(self):
        return "text/plain; version=0.0.4; charset=utf-8", self.server.service.metrics.text().encode()

    def _generate(self):
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise RequestError(411, "the request needs a Content-Length")
        if len(length) > 9 or int(length) > LONGEST_BODY:
            raise RequestError(413, f"the body may have {LONGEST_BODY} bytes")
        return _json(self.server.service.generate(self.rfile.read(int(length))))

    def log_message(self, format, *values):
        """Writes one line to standard output, where container logs are taken from."""
        text = (format % values).encode("unicode_escape").decode()
        print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {self.client_address[0]} {text}", flush=True)


class Server(http.server.ThreadingHTTPServer):
    """Listens, and starts a thread for each connection."""

    daemon_threads = True

    def __init__(self, address, service):
        super().__init__(address, Handler)
        self.service = service

    def handle_error(self, request, client_address):
        """A client that goes away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def _json(value):
    return "application/json", (json.dumps(value) + "\n").encode()


def main():
    """Loads the model, serves until a signal asks to stop, and ends at once."""
    # First of all: a process that is number 1 of its container ignores every signal that it does not handle.
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    directory = pathlib.Path(os.environ.get("MODEL") or pathlib.Path(__file__).resolve().parent / "model")
    started = time.monotonic()
    try:
        address = os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8000"))
        service = Service(gpt2.Generator(directory))
        server = Server(address, service)
    except (OSError, ValueError, OverflowError) as error:
        sys.exit(f"cannot serve the model in {directory}: {error}")
    seconds = time.monotonic() - started
    print(f"loaded {directory} in {seconds:.2f} s, listening on {address[0]}:{address[1]}", flush=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    stop.wait()
    service.stopping.set()
    server.shutdown()
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
