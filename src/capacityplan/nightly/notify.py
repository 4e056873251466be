"""Telling people and systems how the night went: e-mail, signed webhook, command."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import smtplib
import subprocess
import urllib.request
from email.message import EmailMessage
from typing import Any

from capacityplan.nightly.config import Command, Mail, Webhook

SIGNATURE = "X-CapacityPlan-Signature"
KEY = "Idempotency-Key"


def send(channel: Mail | Webhook | Command, event: dict[str, Any]) -> str | None:
    """Send an event; say what went wrong, None if nothing did."""
    try:
        if isinstance(channel, Mail):
            _mail(channel, event)
        elif isinstance(channel, Webhook):
            _post(channel, event)
        else:
            _run(channel, event)
    except (
        OSError, smtplib.SMTPException, http.client.HTTPException, subprocess.SubprocessError, ValueError,
    ) as error:  # fmt: skip
        return f"{type(error).__name__}: {error}"
    return None


def signature(secret: str, body: bytes) -> str:
    """Return the signature of a body: what a receiver computes to know that it is from us."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def text(event: dict[str, Any]) -> str:
    """Write an event for a person."""
    lines = [event["message"], ""]
    lines += [
        f"{name}: {event[name]}" for name in ("plant", "run", "plan", "cost", "currency") if event.get(name)
    ]
    for name, columns in (("notes", ""), ("changes", "change,object,item,zone,before,after,because,effect")):
        if event.get(name):
            count = event.get(f"{name}_count", len(event[name]))
            shown = f", the first {len(event[name])}" if count > len(event[name]) else ""
            lines += [
                "",
                f"{count} {name if count != 1 else name[:-1]}{shown}:",
                *filter(None, (columns,)),
                *event[name],
            ]
    return "\n".join(lines) + "\n"


def _secret(variable: str) -> str:
    """Take a secret from the environment.

    Raises
    ------
    ValueError
        If it is not there.
    """
    if variable not in os.environ:
        raise ValueError(f"the environment variable {variable} is not set")
    return os.environ[variable]


def _mail(channel: Mail, event: dict[str, Any]) -> None:
    message = EmailMessage()
    # No line breaks in a header, whatever a plant is called.
    subject = f"{event['plant']}: {event['status']}: {event['message']}"[:150]
    message["Subject"] = " ".join(subject.split())
    message["From"], message["To"] = channel.sender, ", ".join(channel.to)
    message["Message-ID"] = f"<{event['key']}@capacityplan>"
    message.set_content(text(event))
    with smtplib.SMTP(channel.host, channel.port, timeout=20) as server:
        if channel.starttls:
            server.starttls()
        if channel.user:
            server.login(channel.user, _secret(channel.password_env) if channel.password_env else "")
        server.send_message(message)


def _post(channel: Webhook, event: dict[str, Any]) -> None:
    if not channel.url.startswith(("http://", "https://")):
        raise ValueError(f"{channel.url} is not a web address")
    body = json.dumps(event, sort_keys=True).encode()
    headers = {"Content-Type": "application/json", KEY: event["key"]}
    if channel.secret_env:
        headers[SIGNATURE] = signature(_secret(channel.secret_env), body)
    request = urllib.request.Request(channel.url, body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=channel.timeout_seconds) as answer:
        answer.read()


def _run(channel: Command, event: dict[str, Any]) -> None:
    subprocess.run(
        channel.run,
        input=json.dumps(event, sort_keys=True).encode(),
        timeout=channel.timeout_seconds,
        check=True,
        capture_output=True,
    )
