"""What a scenario of the stand-in model may say, beside its name, and what that makes of an answer's text.

which requests  `times` (how many it serves), `model`, `key`, `api` (gemini or openai), `stream`, `message` (a text that
                the question contains)
the answer      `text`; `keep` (a word: a summary keeps every sentence that has it); `reason` of a block; `delay` of a
                429; `server` (the OpenAI-compatible server that is imitated)
its time        `ms` before anything is sent, and in a stream `first_ms` before the first event, `gap_ms` between writes
streams         `pieces` (how many deltas), `thoughts` (thought chunks before them), `finish_on_each`, `split` (what
                goes out in one write: "bytes" one each, "odd" cuts anywhere, or a number of events)
stream faults   after so many deltas: `block_after`, `error_after` (an error event), `bare_error_after` (the error
                without `data:`), `reset_after`, `hang_after`, `cut_after` (closes), `eof_after` (ends without reason)
faults          `bytes`, `per_second`, `seconds`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]

FILTERS = ("model", "key", "api", "stream")
NUMBERS = {
    "times", "ms", "first_ms", "gap_ms", "pieces", "thoughts", "bytes", "per_second", "seconds", "block_after",
    "error_after", "bare_error_after", "reset_after", "hang_after", "cut_after", "eof_after",
}
TEXTS = {"name", "model", "key", "api", "message", "text", "keep", "reason", "delay", "server"}
FLAGS = {"stream", "finish_on_each"}
SERVERS = {"openai", "llama.cpp", "ollama", "vllm", "vllm_old"}
DEFAULT_PIECES = 6


def check(scenario: Any, names: Iterable[str]) -> None:
    """Raises ValueError where a scenario could not be followed."""
    if not isinstance(scenario, dict):
        raise ValueError(f"a scenario is an object, not {scenario!r}")
    known = set(names)
    if scenario.get("name", "ok") not in known:
        raise ValueError(f"unknown scenario {scenario.get('name')!r}; known: {', '.join(sorted(known))}")
    members = NUMBERS | TEXTS | FLAGS | {"split"}
    if unknown := set(scenario) - members:
        raise ValueError(f"unknown members {sorted(unknown)}; known: {sorted(members)}")
    for member, value in scenario.items():
        kind: tuple[type, ...] = (str,) if member in TEXTS else (bool,) if member in FLAGS else (int, float)
        if member != "split" and (not isinstance(value, kind) or isinstance(value, bool) and bool not in kind):
            raise ValueError(f"{member} is {' or '.join(one.__name__ for one in kind)}, not {value!r}")
    split = scenario.get("split", 1)
    if split not in ("bytes", "odd") and not (isinstance(split, int) and split > 0):
        raise ValueError(f'split is "bytes", "odd" or a number of events, not {split!r}')
    if scenario.get("server", "openai") not in SERVERS:
        raise ValueError(f"unknown server {scenario['server']!r}; known: {sorted(SERVERS)}")


def fits(scenario: Json, record: Json) -> bool:
    """Whether a scenario may serve a request."""
    if scenario.get("times", 1) <= 0 or scenario.get("message", "") not in record["question"]:
        return False
    return all(scenario.get(name, record[name]) == record[name] for name in FILTERS)


def pieces(text: str, scenario: Json) -> Iterator[str]:
    """The text in as many deltas as are asked for, none of them empty."""
    count = min(int(scenario.get("pieces", DEFAULT_PIECES)), len(text))
    for number in range(count):
        yield text[len(text) * number // count : len(text) * (number + 1) // count]


def text_of(scenario: Json, otherwise: str) -> str:
    """What is said: the scenario's own text, as many numbered sentences as it wants deltas, or something else."""
    if "text" in scenario:
        return str(scenario["text"])
    count = int(scenario.get("pieces", 0))
    return "".join(f"Conseil {number:04}. " for number in range(count)) if count > DEFAULT_PIECES else otherwise


def summary_of(contents: str, keep: str | None) -> str:
    """Each sentence that has the word, once and in order; without a word the first line of what is to be summarised."""
    for mark in "!?\n":
        contents = contents.replace(mark, ".")
    sentences = dict.fromkeys(sentence.strip() for sentence in contents.split("."))
    kept = [sentence for sentence in sentences if sentence and keep and keep in sentence]
    return ". ".join(kept) + "." if kept else "La personne parle de son parcours professionnel."
