"""A certificate authority of a test's own, and certificates for a broker and its clients."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


class Certificate(NamedTuple):
    """Files in PEM: a certificate, its key, and both together with the authority's."""

    certificate: Path
    key: Path
    keystore: Path


class Authority:
    """It signs whatever it is asked to, for a day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("authority")
        self._own = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._own.public_bytes(Encoding.PEM))

    def sign(self, user: str) -> Certificate:
        """Return a certificate of a user, which is also this machine's."""
        key = ec.generate_private_key(ec.SECP256R1())
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        signed = (
            self._builder(_name(user), key)
            .add_extension(here, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        files = Certificate(*(self._folder / f"{user}.{kind}" for kind in ("crt", "key", "pem")))
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        files.key.write_bytes(secret)
        files.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        files.keystore.write_bytes(secret + files.certificate.read_bytes() + self.file.read_bytes())
        return files

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=name,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - _DAY,
            not_valid_after=now + _DAY,
        )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
