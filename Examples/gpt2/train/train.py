#!/usr/bin/env python3
"""Trains the small GPT-2 of this example and writes it in Hugging Face's format.

Needs PyTorch (any build; the CPU is enough), numpy, and the Debian packages bible-kjv and bible-kjv-text:

    apt-get install bible-kjv
    pip install torch numpy
    Examples/gpt2/train/train.py
"""

import argparse
import json
import math
import pathlib
import struct
import sys
import time

import torch
import torch.nn.functional as functional

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(EXAMPLE))

import bpe
import corpus
import vocabulary
from reference import GPT2
from weights import Weights

CONFIG = {
    "activation_function": "gelu_new",
    "architectures": ["GPT2LMHeadModel"],
    "attn_pdrop": 0.0,
    "bos_token_id": 2047,
    "embd_pdrop": 0.0,
    "eos_token_id": 2047,
    "initializer_range": 0.02,
    "layer_norm_epsilon": 1e-05,
    "model_type": "gpt2",
    "n_ctx": 256,
    "n_embd": 192,
    "n_head": 4,
    "n_layer": 3,
    "n_positions": 256,
    "resid_pdrop": 0.0,
    "tie_word_embeddings": True,
    "torch_dtype": "float16",
    "vocab_size": 2048,
}
BATCH = 8


def main():
    options = parse_options()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    options.output.mkdir(parents=True, exist_ok=True)

    train, held_out = corpus.split(corpus.read(options.bible, options.bible_data))
    if not (options.output / "vocab.json").exists():
        print("learning the vocabulary", flush=True)
        vocabulary.write(*vocabulary.learn("".join(train), CONFIG["vocab_size"]), options.output)
    tokenizer = bpe.Tokenizer.load(options.output)
    numbers, check = (numbered(chapters, tokenizer) for chapters in (train, held_out))
    model = GPT2(CONFIG)
    if options.start:
        weights = Weights(options.start / "model.safetensors")
        read = {name: torch.tensor(weights.tensor(name, value.shape)) for name, value in model.state_dict().items()}
        model.load_state_dict(read)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"{parameters} parameters, {len(numbers)} tokens to train on, {len(check)} held out", flush=True)

    started = time.monotonic()
    history = fit(model, numbers, check, options)
    write_model(model, options.output)
    # The result is that of the file: its numbers are 16-bit.
    model.load_state_dict({name: value.half().float() for name, value in model.state_dict().items()})
    loss = validation_loss(model, check)
    characters = sum(map(len, held_out))
    result = {
        "corpus": "King James Bible, Debian packages bible-kjv and bible-kjv-text",
        "parameters": parameters,
        "steps": options.steps,
        "tokens_per_step": BATCH * CONFIG["n_positions"],
        "training_tokens": len(numbers),
        "validation_tokens": len(check),
        "train_loss": round(history[-1]["train_loss"], 4),
        "validation_loss": round(loss, 4),
        "validation_bits_per_character": round(loss * len(check) / characters / math.log(2), 4),
        "minutes": round((time.monotonic() - started) / 60, 1),
        "start": str(options.start) if options.start else None,
        "rate": options.rate,
        "threads": options.threads,
        "seed": options.seed,
        "torch": torch.__version__,
        "history": history,
    }
    options.result.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({key: value for key, value in result.items() if key != "history"}, indent=2))
    print(sample(model, tokenizer, "And the LORD said unto", options.seed))


def parse_options():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3000, help="optimiser steps (default 3000)")
    parser.add_argument("--start", type=pathlib.Path, help="go on from the model in this directory")
    parser.add_argument("--rate", type=float, default=2.5e-3, help="highest learning rate (default 0.0025)")
    parser.add_argument("--seed", type=int, default=20261121, help="of all that is random (default 20261121)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    parser.add_argument("--bible", default="/usr/bin/bible", help="the program of the package bible-kjv")
    parser.add_argument("--bible-data", default="/usr/lib", help="the directory of bible.data")
    parser.add_argument("--output", type=pathlib.Path, default=EXAMPLE / "model", help="where to write the model")
    parser.add_argument("--result", type=pathlib.Path, default=EXAMPLE / "train" / "result.json")
    return parser.parse_args()


def numbered(chapters, tokenizer):
    """Returns the chapters as one tensor of token numbers, the end-of-text token before each."""
    result = []
    for chapter in chapters:
        result.append(tokenizer.end_of_text)
        result.extend(tokenizer.encode(chapter))
    return torch.tensor(result)


def fit(model, numbers, check, options):
    """Trains `model` and returns what was seen on the way, a list of losses by step."""
    length = CONFIG["n_positions"]
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.98))
    generator = torch.Generator().manual_seed(options.seed)
    history, recent, steps, started = [], [], options.steps, time.monotonic()
    for step in range(1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = options.rate * schedule(step, steps)
        starts = torch.randint(len(numbers) - length - 1, (BATCH,), generator=generator).tolist()
        inputs = torch.stack([numbers[start : start + length] for start in starts])
        targets = torch.stack([numbers[start + 1 : start + length + 1] for start in starts])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(inputs)
        loss = functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent = [*recent[-99:], loss.item()]
        if step % 100 == 0 or step == steps:
            seen = {
                "step": step,
                "train_loss": round(sum(recent) / len(recent), 4),
                "validation_loss": round(validation_loss(model, check), 4),
            }
            history.append(seen)
            print(f"{seen} of {steps}, {time.monotonic() - started:.0f} s", flush=True)
            write_model(model, options.output)
    return history


def schedule(step, steps):
    """Returns the part of the highest learning rate: a short rise, then half a cosine down to a fiftieth."""
    if step < 100:
        return step / 100
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps))


@torch.no_grad()
def validation_loss(model, check):
    """Returns the mean loss in nats per token over all of `check`, in windows of the model's length."""
    length = CONFIG["n_positions"]
    model.eval()
    total = 0.0
    for start in range(0, len(check) - 1, length):
        window = check[start : start + length + 1]
        logits = model(window[None, :-1])[0]
        total += functional.cross_entropy(logits, window[1:], reduction="sum").item()
    model.train()
    return total / (len(check) - 1)


def write_model(model, directory):
    """Writes `config.json` and `model.safetensors`, in 16-bit numbers, into `directory`."""
    (directory / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    header, data, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, value in sorted(model.state_dict().items()):
        part = value.half().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F16", "shape": list(value.shape), "data_offsets": [offset, offset + len(part)]}
        offset += len(part)
        data.append(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (directory / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


@torch.no_grad()
def sample(model, tokenizer, prompt, seed, length=80):
    """Returns `prompt` continued by `length` tokens."""
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    numbers = [tokenizer.end_of_text, *tokenizer.encode(prompt)]
    for _ in range(length):
        logits = model(torch.tensor([numbers]))[0, -1] / 0.8
        top, indices = logits.topk(40)
        choice = torch.multinomial(torch.softmax(top, 0), 1, generator=generator)
        numbers.append(int(indices[choice]))
    return tokenizer.decode(numbers)


if __name__ == "__main__":
    main()
