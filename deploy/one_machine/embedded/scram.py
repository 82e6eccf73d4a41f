"""What Kafka keeps of a password: salted and hashed by SCRAM-SHA-512 (RFC 5802)."""

import hashlib
import secrets
from base64 import b64encode

from deploy.broker.passwords import ITERATIONS
from schemas.kafka_connection import SaslMechanism


def scram_credential(user: str, password: str) -> str:
    """Return a user for `kafka-storage format --add-scram`, without the password in clear."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return (
        f"{SaslMechanism.SCRAM_SHA_512}=[name={user},iterations={ITERATIONS},"
        f'salt="{b64encode(salt).decode()}",saltedpassword="{b64encode(salted).decode()}"]'
    )
