"""Accounts and cards that the tests of earlier clients begin with."""

from support.earlier_clients import Developer, card
from support.people import PASSWORD, unique


def registered(base, prefix="/api/v1"):
    """A new developer, signed in."""
    developer = Developer(base, unique("old-dev"), PASSWORD, prefix)
    answer = developer.register()
    assert answer.status == 201, answer
    assert developer.log_in().status == 200
    return developer


def cards(base, rest=""):
    return base + "/api/v1/agent-cards" + rest


def publish(developer, **members):
    """The answer's JSON of a card with an id of its own."""
    body = {"card_data": card("org/" + unique("card"), **members)}
    answer = developer.send("POST", cards(developer.base, "/"), body)
    assert answer.status == 201, answer
    return answer.json()
