#!/usr/bin/env python3
"""Tests of the server and its parts; needs nothing but python3 and numpy: `python3 test_server.py`."""

import http.client
import json
import pathlib
import struct
import tempfile
import threading
import unittest

import numpy

import bpe
import gpt2
import server
from weights import Weights, WeightsError

MODEL = pathlib.Path(__file__).resolve().parent / "model"


class WordTests(unittest.TestCase):
    """The expected pieces are those of GPT-2's own pattern."""

    def test_pieces(self):
        for text, pieces in (
            ("Hello world's end", ["Hello", " world", "'s", " end"]),
            ("don't we'll I'm", ["don", "'t", " we", "'ll", " I", "'m"]),
            ("DON'T", ["DON", "'", "T"]),
            ("abc123 x_y", ["abc", "123", " x", "_", "y"]),
            ("a  b   ", ["a", " ", " b", "   "]),
            ("a\n\n b\n", ["a", "\n\n", " b", "\n"]),
            ("naïve Ελλάδα 你好 ½²", ["naïve", " Ελλάδα", " 你好", " ½²"]),
            ("a\u00a0b\u3000", ["a", "\u00a0", "b", "\u3000"]),
            ("wait… 🙂🙂!", ["wait", "…", " 🙂🙂!"]),
            ("", []),
        ):
            with self.subTest(text):
                self.assertEqual(list(bpe.words(text)), pieces)


class TokenizerTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tokenizer = bpe.Tokenizer.load(MODEL)

    def test_every_text_comes_back(self):
        for text in ("In the beginning", "  spaces\t\n", "naïve 🙂 \x00\x7f", "".join(map(chr, range(0x20, 0x250)))):
            with self.subTest(text):
                self.assertEqual(self.tokenizer.decode(self.tokenizer.encode(text)), text)

    def test_a_common_word_is_one_token(self):
        self.assertEqual(len(self.tokenizer.encode(" LORD")), 1)

    def test_the_first_merge_comes_first(self):
        vocabulary = {character: byte for byte, character in bpe.byte_alphabet().items()}
        vocabulary |= {"ab": 256, "bc": 257, "abc": 258}
        self.assertEqual(bpe.Tokenizer(vocabulary, [("b", "c"), ("a", "b")]).encode("abc"), [ord("a"), 257])
        self.assertEqual(bpe.Tokenizer(vocabulary, [("a", "b"), ("ab", "c")]).encode("abc"), [258])

    def test_the_special_token_is_ordinary_text_in_a_prompt(self):
        self.assertNotIn(self.tokenizer.end_of_text, self.tokenizer.encode(bpe.END_OF_TEXT))


class WeightsTests(unittest.TestCase):
    def write(self, header, data=b""):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        file = tempfile.NamedTemporaryFile(suffix=".safetensors")
        self.addCleanup(file.close)
        file.write(struct.pack("<Q", len(text)) + text + data)
        file.flush()
        return file.name

    def test_each_type_gives_the_same_numbers(self):
        numbers = numpy.array([[1.0, -2.5], [0.0, 3.0]], "<f4")
        for dtype, data in (
            ("F32", numbers.tobytes()),
            ("F16", numbers.astype("<f2").tobytes()),
            ("BF16", (numbers.view("<u4") >> 16).astype("<u2").tobytes()),
        ):
            with self.subTest(dtype):
                header = {"x": {"dtype": dtype, "shape": [2, 2], "data_offsets": [0, len(data)]}}
                read = Weights(self.write(header, data)).tensor("x", (2, 2))
                self.assertEqual(read.dtype, numpy.float32)
                numpy.testing.assert_array_equal(read, numbers)

    def test_what_is_wrong_is_refused(self):
        def tensor(**changes):
            return {"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], **changes}}

        for name, header, data in (
            ("not JSON", b"{", b""),
            ("not an object", [], b""),
            ("deep", b"[" * 100_000, b""),
            ("twice", b'{"x":{},"x":{}}', b""),
            ("too short", tensor(), b"123"),
            ("too long", tensor(), b"12345"),
            ("a hole", tensor(data_offsets=[4, 8]), b"12345678"),
            ("backwards", tensor(data_offsets=[4, 0]), b"1234"),
            ("a shape that lies", tensor(shape=[2]), b"1234"),
            ("a negative shape", tensor(shape=[-1]), b"1234"),
            ("a huge shape", tensor(shape=[1 << 60]), b"1234"),
            ("an unknown type", tensor(dtype="F33"), b"1234"),
            ("a missing field", {"x": {"dtype": "F32"}}, b""),
        ):
            with self.subTest(name), self.assertRaises(WeightsError):
                Weights(self.write(header, data))

    def test_a_header_longer_than_the_file_is_refused(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(struct.pack("<Q", 1 << 62) + b"{}")
            file.flush()
            with self.assertRaises(WeightsError):
                Weights(file.name)


class ModelTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.generator = gpt2.Generator(MODEL)
        cls.model = cls.generator._model

    def test_the_cache_does_not_change_the_result(self):
        numbers = self.generator.tokenizer.encode("And the earth was without form, and void; and darkness")
        at_once = self.model.logits(numbers, gpt2.Cache(self.model.config))
        cache = gpt2.Cache(self.model.config)
        for number in numbers:
            one_by_one = self.model.logits([number], cache)
        numpy.testing.assert_allclose(at_once, one_by_one, rtol=1e-3, atol=1e-3)

    def test_it_has_learned_the_text(self):
        greedy = gpt2.Sampling(max_tokens=2, temperature=0)
        self.assertEqual(self.generator.generate("And it came to", greedy).text, " pass,")

    def test_the_context_is_a_limit(self):
        most = self.model.config.n_positions
        result = self.generator.generate("the", gpt2.Sampling(max_tokens=most, seed=1))
        self.assertIn(result.finish_reason, ("context", "end"))
        self.assertLess(result.tokens, most)
        with self.assertRaises(gpt2.PromptError):
            self.generator.generate("the " * most, gpt2.Sampling())

    def test_top_1_is_the_likeliest(self):
        logits = numpy.array([0.1, 3.0, -1.0, 2.9], numpy.float32)
        for seed in range(20):
            randomness = numpy.random.default_rng(seed)
            self.assertEqual(gpt2.choose(logits, gpt2.Sampling(top_k=1, temperature=5), randomness), 1)


class ServerTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        server.Handler.log_message = lambda *_: None
        cls.service = server.Service(gpt2.Generator(MODEL))
        cls.server = server.Server(("127.0.0.1", 0), cls.service)
        threading.Thread(target=cls.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_address[1], timeout=30)
        self.addCleanup(connection.close)
        if isinstance(body, dict):
            body = json.dumps(body)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode()
        is_json = answer.headers["Content-Type"] == "application/json"
        return answer.status, json.loads(text) if is_json else text

    def test_health(self):
        status, answer = self.ask("GET", "/health")
        self.assertEqual((status, answer["status"]), (200, "ok"))

    def test_the_same_seed_gives_the_same_text(self):
        body = {"prompt": "And the LORD said", "max_tokens": 12, "seed": 7}
        (status, first), (_, second) = self.ask("POST", "/generate", body), self.ask("POST", "/generate", body)
        self.assertEqual((status, first["text"]), (200, second["text"]))
        self.assertEqual(first["seed"], 7)
        self.assertLessEqual(first["tokens"], 12)

    def test_bad_requests_get_a_reason(self):
        for body in (
            b"", b"{", b"[]", b"\xff", b"[" * 100_000,
            {"prompt": 1}, {"promt": "x"}, {"max_tokens": 0}, {"max_tokens": True}, {"max_tokens": 1.5},
            {"max_tokens": 10**9}, {"temperature": -1}, {"temperature": "hot"}, b'{"temperature": NaN}',
            {"top_k": -1}, {"seed": 1 << 64}, {"prompt": "the " * 300},
        ):  # fmt: skip
            with self.subTest(str(body)[:40]):
                status, answer = self.ask("POST", "/generate", body)
                self.assertEqual(status, 400)
                self.assertTrue(answer["error"])

    def test_other_refusals(self):
        for method, path, body, headers, expected in (
            ("GET", "/", None, {}, 404),
            ("GET", "/generate", None, {}, 405),
            ("POST", "/health", b"", {}, 405),
            ("POST", "/generate", None, {"Content-Length": "99999999"}, 413),
            ("POST", "/generate", None, {"Content-Length": "-1"}, 411),
            ("PUT", "/generate", b"", {}, 501),
        ):
            with self.subTest(f"{method} {path} {headers}"):
                self.assertEqual(self.ask(method, path, body, headers)[0], expected)

    def test_a_long_queue_is_refused(self):
        self.service.metrics.waiting(server.MOST_WAITING)
        try:
            self.assertEqual(self.ask("POST", "/generate", {"prompt": "x"})[0], 503)
        finally:
            self.service.metrics.waiting(-server.MOST_WAITING)

    def test_metrics_count(self):
        self.ask("POST", "/generate", {"prompt": "x", "max_tokens": 2})
        status, text = self.ask("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertIn('gpt2_http_answers_total{path="/generate",status="200"}', text)
        self.assertIn("gpt2_requests_waiting 0\n", text)


if __name__ == "__main__":
    unittest.main()
