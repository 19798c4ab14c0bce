"""GPT-2 in numpy, with a cache of keys and values so that each new token costs one step."""

import dataclasses
import json
import math

import numpy

from bpe import Tokenizer
from weights import Weights


class ConfigError(ValueError):
    """Says what in `config.json` this model cannot be."""


class PromptError(ValueError):
    """Says why a prompt cannot be continued."""


@dataclasses.dataclass(frozen=True)
class Config:
    """The fields of `config.json` that decide what the model computes."""

    vocab_size: int
    n_positions: int
    n_embd: int
    n_layer: int
    n_head: int
    n_inner: int
    layer_norm_epsilon: float

    @classmethod
    def load(cls, path):
        """Reads the file at `path`."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(fields, dict) or fields.get("model_type", "gpt2") != "gpt2":
            raise ConfigError(f"{path}: this is not the configuration of a GPT-2 model")
        # Fields that would change the result are refused rather than ignored.
        if fields.get("activation_function", "gelu_new") not in ("gelu_new", "gelu_pytorch_tanh"):
            raise ConfigError(f"{path}: the activation function {fields['activation_function']!r} is not supported")
        if fields.get("scale_attn_by_inverse_layer_idx") or not fields.get("scale_attn_weights", True):
            raise ConfigError(f"{path}: only attention scaled by the width of a head is supported")
        sizes = {}
        for name in ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head"):
            sizes[name] = fields.get(name)
            if type(sizes[name]) is not int or not 0 < sizes[name] < 1 << 20:
                raise ConfigError(f"{path}: `{name}` must be a positive whole number")
        if sizes["n_embd"] % sizes["n_head"] != 0:
            raise ConfigError(f"{path}: `n_embd` is not a multiple of `n_head`")
        inner = fields.get("n_inner") or 4 * sizes["n_embd"]
        return cls(**sizes, n_inner=inner, layer_norm_epsilon=float(fields.get("layer_norm_epsilon", 1e-5)))


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How the next token is chosen."""

    max_tokens: int = 64
    temperature: float = 0.8
    top_k: int = 40
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class Generation:
    """What the model wrote, and why it stopped: `length`, `context`, `end` or `cancelled`."""

    text: str
    tokens: int
    prompt_tokens: int
    finish_reason: str


class Cache:
    """The keys and values of the tokens seen so far."""

    def __init__(self, config):
        shape = (config.n_layer, config.n_head, config.n_positions, config.n_embd // config.n_head)
        self.keys = numpy.empty(shape, numpy.float32)
        self.values = numpy.empty(shape, numpy.float32)
        self.length = 0


class Model:
    """The weights and what is computed with them."""

    def __init__(self, config, weights):
        """Takes the tensors out of `weights`; their names may begin with `transformer.`."""
        prefix = "transformer." if "transformer.wte.weight" in weights else ""
        width, inner = config.n_embd, config.n_inner

        def tensor(name, *shape):
            return weights.tensor(prefix + name, shape)

        self.config = config
        self._tokens = tensor("wte.weight", config.vocab_size, width)
        self._positions = tensor("wpe.weight", config.n_positions, width)
        self._blocks = []
        for layer in range(config.n_layer):
            block = {}
            for norm in ("ln_1", "ln_2"):
                block[norm] = tensor(f"h.{layer}.{norm}.weight", width), tensor(f"h.{layer}.{norm}.bias", width)
            for name, rows, columns in (
                ("attn.c_attn", width, 3 * width),
                ("attn.c_proj", width, width),
                ("mlp.c_fc", width, inner),
                ("mlp.c_proj", inner, width),
            ):
                weight = tensor(f"h.{layer}.{name}.weight", rows, columns)
                block[name] = weight, tensor(f"h.{layer}.{name}.bias", columns)
            self._blocks.append(block)
        self._norm = tensor("ln_f.weight", width), tensor("ln_f.bias", width)
        self._head = self._tokens
        if "lm_head.weight" in weights:
            self._head = weights.tensor("lm_head.weight", (config.vocab_size, width))

    def logits(self, numbers, cache):
        """Returns the logits of the token after `numbers`, which follow what `cache` holds and are added to it."""
        begin, end = cache.length, cache.length + len(numbers)
        if not numbers or end > self.config.n_positions:
            raise PromptError(f"the model sees between 1 and {self.config.n_positions} tokens, not {end}")
        x = self._tokens[numbers] + self._positions[begin:end]
        for layer, block in enumerate(self._blocks):
            x = x + self._attention(self._normed(x, block["ln_1"]), layer, cache, begin, end)
            hidden = _gelu(_linear(self._normed(x, block["ln_2"]), block["mlp.c_fc"]))
            x = x + _linear(hidden, block["mlp.c_proj"])
        cache.length = end
        return self._normed(x[-1], self._norm) @ self._head.T

    def _attention(self, x, layer, cache, begin, end):
        """Returns what tokens `begin` to `end` gather from themselves and from those before them."""
        heads, width = self.config.n_head, self.config.n_embd
        block, size = self._blocks[layer], width // heads
        parts = _linear(x, block["attn.c_attn"]).reshape(end - begin, 3, heads, size).transpose(1, 2, 0, 3)
        queries, cache.keys[layer, :, begin:end], cache.values[layer, :, begin:end] = parts
        keys, values = cache.keys[layer, :, :end], cache.values[layer, :, :end]
        scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(size)
        if end - begin > 1:
            scores[:, numpy.arange(end) > numpy.arange(begin, end)[:, None]] = -numpy.inf
        mixed = _softmax(scores) @ values
        return _linear(mixed.transpose(1, 0, 2).reshape(end - begin, width), block["attn.c_proj"])

    def _normed(self, x, norm):
        """Layer normalisation."""
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred * centred).mean(-1, keepdims=True)
        return centred / numpy.sqrt(variance + self.config.layer_norm_epsilon) * norm[0] + norm[1]


class Generator:
    """A model with its tokenizer."""

    def __init__(self, directory):
        """Loads the model that lies in `directory`, a `pathlib.Path`."""
        self.config = Config.load(directory / "config.json")
        self.tokenizer = Tokenizer.load(directory)
        if len(self.tokenizer) > self.config.vocab_size:
            raise ConfigError(f"{directory}: vocab.json has more tokens than config.json's `vocab_size`")
        self._model = Model(self.config, Weights(directory / "model.safetensors"))

    def generate(self, prompt, sampling, cancelled=lambda: False):
        """Continues `prompt`; an empty one begins a new text. `cancelled` is asked before each token."""
        numbers = self.tokenizer.encode(prompt) or [self.tokenizer.end_of_text]
        room = self.config.n_positions - len(numbers)
        if numbers == [None] or room < 1:
            longest = self.config.n_positions - 1
            raise PromptError(f"the prompt has {len(numbers)} tokens; the model takes 1 to {longest}")
        randomness = numpy.random.default_rng(sampling.seed)
        cache, written, reason = Cache(self.config), [], "length" if sampling.max_tokens <= room else "context"
        pending = numbers
        while len(written) < min(sampling.max_tokens, room):
            if cancelled():
                reason = "cancelled"
                break
            number = choose(self._model.logits(pending, cache), sampling, randomness)
            if number == self.tokenizer.end_of_text:
                reason = "end"
                break
            written.append(number)
            pending = [number]
        return Generation(self.tokenizer.decode(written), len(written), len(numbers), reason)


def choose(logits, sampling, randomness):
    """Returns the number of the next token: the likeliest at temperature 0, otherwise a draw among the `top_k`."""
    if sampling.temperature == 0:
        return int(numpy.argmax(logits))
    candidates = numpy.arange(len(logits))
    if 0 < sampling.top_k < len(logits):
        candidates = numpy.argpartition(logits, -sampling.top_k)[-sampling.top_k :]
    # In 64 bits, because a small temperature makes large numbers and `choice` insists on a sum of 1.
    chances = _softmax(logits[candidates].astype(numpy.float64) / sampling.temperature)
    return int(candidates[randomness.choice(len(candidates), p=chances)])


def _linear(x, layer):
    weight, bias = layer
    return x @ weight + bias


def _gelu(x):
    """The approximation of GELU by tanh, which Hugging Face names `gelu_new`."""
    return 0.5 * x * (1 + numpy.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


def _softmax(x):
    exponentials = numpy.exp(x - x.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)
