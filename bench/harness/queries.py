"""The mix of searches: drawn from the made-up agents, the same ones for the same agents."""

import collections
import dataclasses
import hashlib
import json
import pathlib
import random
import re
import urllib.parse

PER_KIND = 200
PER_PAGE = 20
RARE = range(2, 200)  # Agents that have the word.
COMMON_SHARE = 0.05  # Of the agents, at least, have it.
TYPO_LETTERS = 5
_WORD = re.compile(r"[a-z]{3,}")
# Words that no full-text search would look for.
_STOP_WORDS = set("and are for from has its not one that the then this with works without".split())
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclasses.dataclass(frozen=True)
class Query:
    kind: str  # rare, common, two words, prefix, filtered, typo
    text: str
    field: str = ""  # capabilities or tags, for a filter
    value: str = ""

    def path(self):
        arguments = {"q": self.text, "per_page": PER_PAGE}
        if self.field:
            arguments[self.field] = self.value
        return "/api/v1/discovery/agents?" + urllib.parse.urlencode(arguments)


def load(data):
    """The mix for those agents, from the cache when it has been drawn before."""
    source = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()[:16]
    cached = data.folder / f"queries-{source}.json"
    if not cached.exists():
        mix = draw(data.agents(), data.seed)
        cached.write_text(json.dumps([dataclasses.asdict(query) for query in mix]))
    return [Query(**fields) for fields in json.loads(cached.read_text())]


def words_of(agent):
    fields = [agent["name"], agent["description"], agent["humanReadableId"]]
    text = " ".join(fields + agent["tags"] + agent["capabilities"]).lower()
    return set(_WORD.findall(text)) - _STOP_WORDS


def draw(agents, seed):
    """PER_KIND queries of each kind, kind after kind in turns."""
    dice = random.Random(seed)
    agents_with, sample, total = collections.Counter(), [], 0
    for agent in agents:
        words = words_of(agent)
        agents_with.update(words)
        total += 1
        if dice.random() < 0.05:
            sample.append((agent, sorted(words)))
    vocabulary = sorted(agents_with)
    rare = [word for word in vocabulary if agents_with[word] in RARE]
    common = [word for word in vocabulary if agents_with[word] >= total * COMMON_SHARE]
    kinds = {
        "rare": lambda: Query("rare", dice.choice(rare)),
        "common": lambda: Query("common", dice.choice(common)),
        "two words": lambda: _two_words(dice, sample),
        "prefix": lambda: _prefix(dice, sample),
        "filtered": lambda: _filtered(dice, sample),
        "typo": lambda: _typo(dice, sample),
    }
    return [make() for _ in range(PER_KIND) for make in kinds.values()]


def _two_words(dice, sample):
    return Query("two words", " ".join(dice.sample(dice.choice(sample)[1], 2)))


def _prefix(dice, sample):
    """What has been typed so far: a word and the start of the next, or the start of the first."""
    words = [word for word in dice.choice(sample)[1] if len(word) >= TYPO_LETTERS]
    last = dice.choice(words)
    last = last[: dice.randrange(3, len(last))]
    return Query("prefix", f"{dice.choice(words)} {last}" if dice.random() < 0.5 else last)


def _filtered(dice, sample):
    agent, words = dice.choice(sample)
    field = dice.choice(["capabilities", "tags"])
    return Query("filtered", dice.choice(words), field, dice.choice(agent[field]))


def _typo(dice, sample):
    """One letter left out, added, changed, or swapped with the next; never the first."""
    words = [word for word in dice.choice(sample)[1] if len(word) > TYPO_LETTERS]
    word = dice.choice(words)
    at = dice.randrange(1, len(word) - 1)
    head, letter, tail = word[:at], word[at], word[at + 1 :]
    other = dice.choice(_LETTERS)
    wrong = dice.choice([tail, other + letter + tail, other + tail, tail[0] + letter + tail[1:]])
    return Query("typo", head + wrong)
