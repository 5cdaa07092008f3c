"""S3 servers in processes of their own, which a test can freeze: moto, and SeaweedFS, which checks
signatures.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.local.processes import is_suspended
from pywrangler.sensitive import Sensitive
from tests.support.ports import free_port
from tests.support.waiting import eventually

KEY, SECRET = "test-key", "test-secret-of-the-bucket"
NAME = "shared"

# One request at a time: moto looks whether an object exists and stores it in two steps.
_MOTO = """
import sys
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
WSGIRequestHandler.log_request = lambda *_: None
make_server("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app)).serve_forever()
"""


@dataclass
class BucketServer:
    """A server with one empty bucket."""

    endpoint: str
    process: subprocess.Popen[bytes] = field(repr=False)

    def address(self, prefix: str, secret: str = SECRET) -> BucketAddress:
        """The bucket with a prefix, which a test has for itself."""
        return BucketAddress.parse(
            f"s3://{NAME}/{prefix}", self.endpoint, "us-east-1", KEY, Sensitive(secret)
        )

    def read_all(self, prefix: str) -> dict[str, bytes]:
        """All objects whose keys begin with `prefix`."""
        client = _client(self.endpoint)
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=NAME, Prefix=prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        found = {key: client.get_object(Bucket=NAME, Key=key)["Body"].read() for key in keys}
        client.close()
        return found

    def freeze(self) -> None:
        """Let it answer nothing until `thaw`; connections stay open."""
        self.process.send_signal(signal.SIGSTOP)
        # The signal is on its way when the call returns: a request that was sent now might be answered.
        eventually(lambda: is_suspended(self.process.pid), what="the end of the server's answers")

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def moto() -> Iterator[BucketServer]:
    """A server in Python, which starts in about two seconds."""
    port = free_port()
    with _running([sys.executable, "-c", _MOTO, str(port)], f"http://127.0.0.1:{port}") as server:
        yield server


@contextmanager
def seaweed(directory: Path) -> Iterator[BucketServer]:
    """SeaweedFS with its files in `directory`."""
    # It takes more ports than can be named, so it gets a loopback address of its own. Its parts call each
    # other through sockets in /tmp that are named after the ports alone, so those differ, too; each part
    # takes a second port, 10,000 above its first one.
    host = f"127.{1 + os.getpid() % 250}.{1 + os.getpid() // 250 % 250}.7"
    first = free_port()
    parts = enumerate(("s3", "master", "volume", "filer"))
    ports = [f"-{part}.port={first + number}" for number, part in parts]
    credentials = [{"accessKey": KEY, "secretKey": SECRET}]
    identity = {"name": "test", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
    (directory / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (directory / "data").mkdir()
    places = [f"-ip={host}", f"-ip.bind={host}", f"-dir={directory / 'data'}", "-volume.max=20"]
    options = ["-filer", "-s3", f"-s3.config={directory / 's3.json'}", *ports]
    command = [str(Path(sys.executable).with_name("weed")), "-logtostderr=true", "server", *places, *options]
    with _running(command, f"http://{host}:{first}") as server:
        yield server


@contextmanager
def _running(command: list[str], endpoint: str) -> Iterator[BucketServer]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: _answers(endpoint), what=f"an answer of {command[0]}")
            # The server answers before all of it is there.
            eventually(lambda: _has_bucket(endpoint), what="a new bucket")
            yield BucketServer(endpoint, process)
        finally:
            process.kill()


def _answers(endpoint: str) -> bool:
    try:
        urlopen(endpoint, timeout=2).close()
    except HTTPError:
        return True
    except OSError:
        return False
    return True


def _has_bucket(endpoint: str) -> bool:
    client = _client(endpoint)
    try:
        client.create_bucket(Bucket=NAME)
        client.put_object(Bucket=NAME, Key="ready", Body=b"")
        client.delete_object(Bucket=NAME, Key="ready")
    except (ClientError, BotoCoreError):
        return False
    finally:
        client.close()
    return True


def _client(endpoint: str) -> Any:
    key = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=endpoint, config=Config(retries={"max_attempts": 1}), **key)
