"""Files that hold keys, known by their names: they stay where they are unless a repository tracks them."""

from __future__ import annotations

import re
from fnmatch import translate
from pathlib import PurePosixPath

_PATTERNS = (
    ".env*", "*.env", ".flaskenv",
    "*.pem", "*.key", "*.p12", "*.pfx", "*.p8", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.ovpn", "*.gpg", "*.asc",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
    ".netrc", "_netrc", ".pypirc", ".npmrc", ".yarnrc*", ".pgpass", ".my.cnf", ".htpasswd", ".git-credentials",
    ".dockercfg", ".boto", ".s3cfg", ".vault-token", "kubeconfig", "*.kubeconfig", "*.tfstate*", "*.tfvars",
    "credentials", ".credentials*", "credentials.[!p]*", "*credentials*.json", "client_secret*.json",
    "service*account*.json", "secret", "secrets", "secret.[!p]*", "secrets.[!p]*", "*.secret", "*.secrets", "token",
    "token.txt", "token.json", ".token*", "*_history",
)  # fmt: skip
_NAMES = re.compile("|".join(f"(?:{translate(each)})" for each in _PATTERNS), re.IGNORECASE)
_FOLDERS = frozenset({".git", ".ssh", ".aws", ".azure", ".gnupg", ".kube", ".docker", ".secrets"})


def holds_keys(path: str) -> bool:
    """Whether a file's path (POSIX) says that there are keys in it."""
    pure = PurePosixPath(path)
    return bool(_NAMES.match(pure.name)) or not _FOLDERS.isdisjoint(part.lower() for part in pure.parts)
