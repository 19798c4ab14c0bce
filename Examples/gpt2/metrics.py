"""The server's own figures, in the text format that Prometheus reads."""

import threading

_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts what the server did; every method may be called from any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._answers = {}
        self._tokens = {"prompt": 0, "generated": 0}
        self._buckets = [0] * len(_BOUNDS)
        self._seconds = 0.0
        self._generations = 0
        self._waiting = 0

    def answered(self, path, status):
        """Counts an answer to a request."""
        with self._lock:
            self._answers[path, status] = self._answers.get((path, status), 0) + 1

    def generated(self, seconds, prompt_tokens, tokens):
        """Counts one generation."""
        with self._lock:
            self._tokens["prompt"] += prompt_tokens
            self._tokens["generated"] += tokens
            self._seconds += seconds
            self._generations += 1
            for index, bound in enumerate(_BOUNDS):
                self._buckets[index] += seconds <= bound

    def waiting(self, change):
        """Adds `change` to the number of requests that wait for the model or use it, and returns that number."""
        with self._lock:
            self._waiting += change
            return self._waiting

    def text(self):
        """Returns all figures."""
        with self._lock:
            lines = [
                "# HELP gpt2_http_answers_total Answers by path and status.",
                "# TYPE gpt2_http_answers_total counter",
            ]
            for (path, status), count in sorted(self._answers.items()):
                lines.append(f'gpt2_http_answers_total{{path="{path}",status="{status}"}} {count}')
            lines += ["# HELP gpt2_tokens_total Tokens by kind.", "# TYPE gpt2_tokens_total counter"]
            lines += [f'gpt2_tokens_total{{kind="{kind}"}} {count}' for kind, count in self._tokens.items()]
            lines += [
                "# HELP gpt2_requests_waiting Requests that wait for the model or use it.",
                "# TYPE gpt2_requests_waiting gauge",
                f"gpt2_requests_waiting {self._waiting}",
                "# HELP gpt2_generation_seconds Time the model took for a request.",
                "# TYPE gpt2_generation_seconds histogram",
            ]
            for bound, count in zip(_BOUNDS, self._buckets):
                lines.append(f'gpt2_generation_seconds_bucket{{le="{bound}"}} {count}')
            lines += [
                f'gpt2_generation_seconds_bucket{{le="+Inf"}} {self._generations}',
                f"gpt2_generation_seconds_sum {self._seconds:.6f}",
                f"gpt2_generation_seconds_count {self._generations}",
            ]
            return "\n".join(lines) + "\n"
