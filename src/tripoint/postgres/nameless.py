"""A name for a user who has none: initdb asks for it, and a container that runs under any uid has no entry for it.

In namespaces of its own the server sees a password file of its own. Elsewhere nss_wrapper, where it is installed,
answers in the file's place. Nothing but the standard library is imported here.
"""

from __future__ import annotations

import glob
import os
import pwd

__all__ = ["NO_NAME", "name_for_user"]

NO_NAME = (
    "uid {uid} has no entry in the password file, and no user namespace can give it one: add one"
    " (docker run -v /etc/passwd:/etc/passwd:ro with an entry for it), or install libnss-wrapper"
)

_LIBRARIES = (
    "/usr/lib/*/libnss_wrapper.so*",
    "/usr/lib64/libnss_wrapper.so*",
    "/usr/lib/libnss_wrapper.so*",
    "/usr/local/lib/libnss_wrapper.so*",
)


def name_for_user(folder: str) -> dict[str, str]:
    """Return what the environment of a program needs so that its user has a name; nothing where it has one anyway, or
    can't be given one. `folder` is a private one, for the files that say so."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        pwd.getpwuid(uid)
    except KeyError:
        found = [library for pattern in _LIBRARIES for library in sorted(glob.glob(pattern))]
    else:
        return {}
    if not found:
        return {}
    texts = {"PASSWD": f"postgres:x:{uid}:{gid}::/:/bin/false\n", "GROUP": f"postgres:x:{gid}:\n"}
    for name, text in texts.items():
        with open(f"{folder}/{name.lower()}", "w") as file:
            file.write(text)
    return {"LD_PRELOAD": found[0], **{f"NSS_WRAPPER_{name}": f"{folder}/{name.lower()}" for name in texts}}
