"""Which of a project's files nobody wants read: tables of names, and no look at content."""

from __future__ import annotations

from collections.abc import Callable

from tripoint.model.regex import regex
from tripoint.tree.base import Limits

__all__ = ["BINARY", "BUNDLED", "LARGE", "LOCK", "VENDORED", "is_vendored", "why_left_out"]

BINARY = "binary file"
BUNDLED = "minified or bundled file"
LARGE = "larger than the size limit"
LOCK = "lock file"
VENDORED = "vendored code or build output"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALWAYS = _words(
    """
    node_modules bower_components jspm_packages Pods site-packages __pycache__ .dart_tool .next .nuxt .output
    .svelte-kit .astro .turbo .vercel .netlify .wrangler .serverless .terraform .gradle .yarn .pnpm-store .venv .tox
    .nox .mypy_cache .pytest_cache .ruff_cache .hypothesis .git .hg .svn .jj .idea .cache .parcel-cache .expo
    .docusaurus .eggs DerivedData .build .swiftpm Carthage virtualenv
    """
)
"""Folders that hold what a tool wrote, wherever they stand and whether or not they were committed."""

_OUTPUT: dict[str, tuple[str, ...]] = {
    "dist": ("package.json", "pyproject.toml", "setup.py", "setup.cfg", "deno.json"),
    "build": (
        "package.json",
        "pubspec.yaml",
        "pyproject.toml",
        "setup.py",
        "build.gradle",
        "build.gradle.kts",
        "CMakeLists.txt",
    ),
    "out": ("package.json",),
    "target": ("Cargo.toml", "pom.xml", "build.sbt"),
    "coverage": ("package.json",),
    "venv": (),
    "env": ("bin/activate", "Scripts/activate", "pyvenv.cfg"),
    "vendor": (),
}
"""Folders that are output only if git does not track them, and only beside one of these files (any place if empty)."""

_VENDOR_MARKS = ("modules.txt", "autoload.php", "bundle/config", "composer/installed.json")
"""A tracked `vendor` is other people's code where its package manager left one of these."""

_SCRIPTS = (".js", ".mjs", ".cjs", ".css", ".map", ".d.ts", ".html")

_BINARY_SUFFIXES = _words(
    """
    png jpg jpeg gif webp avif ico icns bmp tif tiff psd ai eps pdf heic mp3 mp4 m4a m4v mov avi mkv webm wav ogg
    flac aac woff woff2 ttf otf eot zip gz tgz bz2 xz zst 7z rar tar jar war aar apk aab ipa dmg exe dll so dylib a
    o obj lib class pyc pyo wasm node bin dat db sqlite sqlite3 sqlite-wal dump pgdump parquet avro onnx pt
    safetensors gguf npy npz pkl xlsx xls docx doc pptx ppt odt ods key numbers keystore jks p12 pfx der riv glb fbx
    blend swf
    """
)

_LOCKS = _words(
    """
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb poetry.lock uv.lock
    Pipfile.lock pdm.lock Cargo.lock composer.lock Gemfile.lock pubspec.lock go.sum go.work.sum Podfile.lock
    deno.lock flake.lock mix.lock Package.resolved gradle.lockfile packages.lock.json
    """
)

_BUNDLES = (".min.js", ".min.css", ".min.mjs", ".bundle.js", ".chunk.js", ".umd.js", ".iife.js", ".js.map", ".css.map")
_BUNDLE_NAMES = frozenset({".pnp.cjs", ".pnp.loader.mjs"})


_HASHED = regex(r"(?:^|/)assets/[^/]+-(?=[^/]*[0-9A-Z_])[A-Za-z0-9_-]{8}\.(?:js|mjs|css)$")
"""What a bundler writes: a name with a piece of the content's hash."""


def is_vendored(folder: str, name: str, tracked: bool, has: Callable[[str], bool]) -> bool:
    """Return whether the folder `name` inside `folder` holds vendored code or build output.

    `folder` is "" or ends in a slash; `has` tells whether a file of that path exists. A folder that git tracks is only
    taken for vendored where a package manager's own mark says so: people do commit sources below `build`.
    """
    if name in _ALWAYS or (name.startswith((".venv", "venv")) and has(f"{folder}{name}/pyvenv.cfg")):
        return True
    beside = _OUTPUT.get(name)
    if beside is None:
        return name.endswith((".egg-info", ".xcodeproj", ".xcworkspace", ".framework", ".xcframework"))
    inside = f"{folder}{name}/"
    if name == "vendor" and any(has(inside + mark) for mark in _VENDOR_MARKS):
        return True
    if tracked:
        return False
    if not beside:
        return True
    return any(has(inside + mark) or has(folder + mark) for mark in beside)


def why_left_out(path: str, size: int, limits: Limits) -> str | None:
    """Return why a file is left out by its name or size, or None if it belongs to the project's text."""
    folder, _, name = path.rpartition("/")
    lower = name.lower()
    if name in _LOCKS:
        return LOCK
    if lower.endswith(_BUNDLES) or lower in _BUNDLE_NAMES:
        return BUNDLED
    if _HASHED.search(path):
        return BUNDLED
    if lower.endswith(_SCRIPTS) and ("dist" in folder.split("/")):
        return VENDORED
    dot = lower.rfind(".")
    if dot >= 0 and lower[dot + 1 :] in _BINARY_SUFFIXES:
        return BINARY
    if size > limits.of(path):
        return LARGE
    return None
