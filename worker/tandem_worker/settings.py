"""Everything the worker reads from its environment and command line; no other file does."""

import argparse
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "TANDEM_WORKER_"
LANGUAGE_TASKS = ("entities", "sentiment", "zero-shot", "summary")
LOG_LEVELS = ("debug", "info", "warn", "error")


class SettingsError(Exception):
    """A setting that cannot be used; the message says which, what it is and what would be right."""


@dataclass(frozen=True)
class Settings:
    """How this worker runs."""

    token: str
    nonce: str
    root: Path
    # Name -> folder or "package:NAME"; the first is what `embed` uses when a request names none.
    embed_models: dict[str, str] = field(default_factory=dict)
    # Task -> folder, "package:NAME" or, for entities, the name of an installed spaCy pipeline.
    language_models: dict[str, str] = field(default_factory=dict)
    log_level: str = "info"
    socket: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    max_body_bytes: int = 64 * 1024 * 1024
    max_queue_items: int = 4096
    batch_items: int = 64
    threads: int = 2
    drain_ms: int = 10_000
    # One training at a time keeps a core for answers; a second request gets 503.
    max_trainings: int = 1
    # Of a Ray cluster for trainings with several workers; "auto" is the one that this machine is part of.
    ray_address: str | None = None


def read_settings(arguments: list[str], environment: dict[str, str] | None = None) -> Settings:
    """Reads and checks every setting. Raises SettingsError for the first that cannot be used."""
    env = dict(os.environ) if environment is None else environment
    parsed = _parse_arguments(arguments)
    token = env.get(PREFIX + "TOKEN", "")
    if len(token) < 16:
        raise SettingsError(
            f"{PREFIX}TOKEN has {len(token)} characters, expected at least 16. Callers must send it as `Authorization: Bearer TOKEN`; "
            "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    models = _models(env.get(PREFIX + "MODELS", ""))
    level = env.get(PREFIX + "LOG_LEVEL", "info")
    if level not in LOG_LEVELS:
        raise SettingsError(f"{PREFIX}LOG_LEVEL is {level!r}, expected one of {', '.join(LOG_LEVELS)}")
    cores = os.cpu_count() or 1
    return Settings(
        token=token,
        # Of this process alone, so that who asks by URL sees that it is another one now.
        nonce=env.get(PREFIX + "NONCE") or secrets.token_hex(16),
        root=Path(env.get(PREFIX + "ROOT", ".tandem-worker")).absolute(),
        embed_models=models[0],
        language_models=models[1],
        log_level=level,
        socket=parsed.socket,
        host=parsed.host,
        port=parsed.port,
        max_body_bytes=_whole(env, "MAX_BODY_BYTES", 64 * 1024 * 1024, 1024, 2**32),
        max_queue_items=_whole(env, "MAX_QUEUE_ITEMS", 4096, 1, 1_000_000),
        batch_items=_whole(env, "BATCH_ITEMS", 64, 1, 4096),
        threads=_whole(env, "THREADS", min(4, cores), 1, 256),
        drain_ms=_whole(env, "DRAIN_MS", 10_000, 0, 3_600_000),
        ray_address=env.get(PREFIX + "RAY_ADDRESS") or None,
        max_trainings=_whole(env, "MAX_TRAININGS", 1, 1, 64),
    )


def _parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tandem_worker", description="Serves Python's models to Tandem.")
    parser.add_argument("--socket", help="listen on this Unix socket instead of a port")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one and reports it (default)")
    parsed = parser.parse_args(arguments)
    if not 0 <= parsed.port <= 65535:
        raise SettingsError(f"--port is {parsed.port}, expected 0 to 65535")
    return parsed


def _models(text: str) -> tuple[dict[str, str], dict[str, str]]:
    if text.strip() == "":
        return {}, {}
    where = PREFIX + "MODELS"
    example = '{"embed": {"minilm": {"folder": "/models/minilm"}}, "language": {"entities": {"package": "en_core_web_sm"}}}'
    try:
        value = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{where} is no JSON: {error}. Expected for example {example}") from error
    if not isinstance(value, dict) or not set(value) <= {"embed", "language"}:
        raise SettingsError(f'{where} must be an object with "embed" and "language", for example {example}')
    for part in ("embed", "language"):
        entries = value.get(part, {})
        if not isinstance(entries, dict):
            raise SettingsError(f"{where}.{part} must give each name a folder or package, for example {example}")
        for name, source in entries.items():
            entries[name] = _source(source, f"{where}.{part}.{name}")
    unknown = set(value.get("language", {})) - set(LANGUAGE_TASKS)
    if unknown:
        raise SettingsError(f"{where}.language has {', '.join(sorted(unknown))}, expected {', '.join(LANGUAGE_TASKS)}")
    return value.get("embed", {}), value.get("language", {})


def _source(value: object, where: str) -> str:
    if isinstance(value, dict) and len(value) == 1:
        ((kind, name),) = value.items()
        if kind in {"folder", "package"} and isinstance(name, str) and name:
            return name if kind == "folder" else f"package:{name}"
    if isinstance(value, str) and value:
        return value
    raise SettingsError(f'{where} must be {{"folder": PATH}} or {{"package": NAME}}, got {json.dumps(value)[:80]}')


def _whole(env: dict[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(PREFIX + name, "")
    if text == "":
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(f"{PREFIX}{name} is {text[:40]!r}, expected a whole number from {low} to {high}")
    return int(text)
