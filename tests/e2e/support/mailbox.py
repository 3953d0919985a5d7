"""The letters that a registry without SMTP leaves in its outbox folder."""

import email
import email.policy
import re

from support.checks import eventually

DELIVERY_SECONDS = 5


def letters_to(registry, address):
    """The texts of all letters to `address`, oldest first."""
    found = []
    for path in sorted((registry.data_dir / "outbox").glob("*.eml")):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if address in str(letter["To"]):
            found.append(letter.get_content())
    return found


def token_in_letter(registry, address, path):
    """The token of the newest link to `path` that was sent to `address`."""
    link = re.compile(re.escape(path) + r"[?#]token=([\w-]+)")

    def newest():
        tokens = [link.search(text)[1] for text in letters_to(registry, address) if link.search(text)]
        return tokens[-1] if tokens else None

    return eventually(newest, DELIVERY_SECONDS, f"a letter with a link to {path}")


def verification_token(registry, address):
    return token_in_letter(registry, address, "/auth/verify-email")


def recovery_token(registry, address):
    return token_in_letter(registry, address, "/ui/recover")
