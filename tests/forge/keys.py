"""A GitHub App's key pair, made as GitHub makes it."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class Keys:
    """A key pair as GitHub gives it out: PEM, the private one in PKCS #1."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        self.private = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain).decode()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public = key.public_key().public_bytes(pem, form).decode()
