"""Email that Workers send: what is refused, and where the rest ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.local.daemon.bindings.outbox import log_lines, stored_name
from tests.local.daemon.uploads import Account
from tests.support.http import request
from tests.support.waiting import eventually

WORKER = """
import { EmailMessage } from "cloudflare:email";
const raw = (from, to, id) => {
  const headers = [`From: ${from}`, `To: ${to}`, "Subject: Hello", ...(id ? [`Message-ID: ${id}`] : [])];
  return [...headers, "", "Good day", ""].join("\\r\\n");
};
export default { async fetch(request, env) {
  const asked = new URL(request.url).searchParams;
  const binding = env[asked.get("by")], from = asked.get("from"), to = asked.get("to");
  try {
    const sent = asked.has("parts")
      ? await binding.send({ from, to, subject: "Hello", text: "Good day", html: "<p>Good day</p>",
          attachments: [{ filename: "a.txt", type: "text/plain", content: "abc", disposition: "inline" }] })
      : await binding.send(new EmailMessage(from, to, raw(asked.get("header") ?? from, to, asked.get("id"))));
    return Response.json(typeof sent.messageId);
  } catch (error) { return new Response(error.message, { status: 500 }); }
} };
"""
BINDINGS = [
    {"type": "send_email", "name": "ANY"},
    {"type": "send_email", "name": "ONE", "destination_address": "one@example.com"},
    {"type": "send_email", "name": "SOME", "allowed_destination_addresses": ["a@b.example", "c@d.example"]},
    {"type": "send_email", "name": "OURS", "allowed_sender_addresses": ["me@example.com"]},
]
RECEIVER = """
import { EmailMessage } from "cloudflare:email";
export default { async email(message) { await message.reply(new EmailMessage("a", "b", "c")); },
  fetch() { return Response.json(new EmailMessage("a@b.example", "c@d.example", "text")); } };
"""


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The address of the Worker, once it is deployed."""
    return {}


@pytest.fixture
def worker(account: Account, made: dict[str, str]) -> str:
    """The Worker's address."""
    if "url" not in made:
        made["url"] = account.deploy("mailer", WORKER, bindings=BINDINGS)
    return made["url"]


def sent_files(account: Account, ending: str) -> list[Path]:
    """What the Worker has sent, as files."""
    return sorted((account.platform.home / "emails/mailer").glob(f"*{ending}"))


@pytest.mark.workerd
@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        (
            "by=ANY&from=x@y.example&to=one@example.com&id=%3C1@y%3E&header=z@y.example",
            "From: header does not match",
        ),
        ("by=ANY&from=x@y.example&to=one@example.com", "invalid message-id"),
        ("by=ONE&from=x@y.example&to=two@example.com&id=%3C1@y%3E", "email to two@example.com not allowed"),
        ("by=SOME&from=x@y.example&to=one@example.com&id=%3C1@y%3E", "email to one@example.com not allowed"),
        ("by=SOME&from=x@y.example&to=one@example.com&parts", "email to one@example.com not allowed"),
        ("by=OURS&from=x@y.example&to=one@example.com&id=%3C1@y%3E", "email from x@y.example not allowed"),
        ("by=OURS&from=x@y.example&to=one@example.com&parts", "email from x@y.example not allowed"),
    ],
)
def test_what_a_binding_does_not_allow_is_refused(worker: str, query: str, refusal: str) -> None:
    answer = request(f"{worker}/?{query}")
    assert (answer.status, refusal in answer.text) == (500, True), answer.text


@pytest.mark.workerd
def test_a_message_is_a_file_that_the_log_names(account: Account, worker: str) -> None:
    answer = request(f"{worker}/?by=SOME&from=x@y.example&to=c@d.example&id=%3C1@y%3E")
    assert (answer.status, answer.json) == (200, "string"), answer.text
    (file,) = eventually(lambda: sent_files(account, ".eml"), what="the message")
    text = file.read_bytes().decode()
    assert ("From: x@y.example" in text, text.endswith("Good day\r\n")) == (True, True)
    assert file.stat().st_mode & 0o777 == 0o600
    log = account.platform.home / "workers/mailer/worker.log"
    eventually(lambda: log.is_file() and f"Email: {file}" in log.read_text(), what="the line in the log")


@pytest.mark.workerd
def test_a_built_message_is_a_file_for_each_part(account: Account, worker: str) -> None:
    answer = request(f"{worker}/?by=ONE&from=x@y.example&to=one@example.com&parts")
    assert answer.json == "string", answer.text
    eventually(lambda: len(sent_files(account, ".txt")) == 2, what="the text and the attachment")
    (page,) = eventually(lambda: sent_files(account, ".html"), what="the page")
    assert page.read_text() == "<p>Good day</p>"
    assert {file.read_text() for file in sent_files(account, ".txt")} == {"Good day", "abc"}


@pytest.mark.workerd
def test_a_worker_that_only_receives_email_runs(account: Account) -> None:
    receiver = account.deploy("receiver", RECEIVER)
    message = {"from": "a@b.example", "to": "c@d.example", "EmailMessage::raw": "text"}
    assert request(receiver).json == message


@pytest.mark.parametrize(
    ("identifier", "extension", "name"),
    [
        ("abc@example.com", "eml", "abc@example.com.eml"),
        ("a.b_c-1", "txt", "a.b_c-1.txt"),
        ("abc@münchen.example", "eml", "abc@m_nchen.example.eml"),
        ("", "eml", "message.eml"),
        ("abc", "", "abc.bin"),
        ("..", "eml", "message.eml"),
        (".hidden", "eml", "hidden.eml"),
        ("a/b", "eml", "a_b.eml"),
        ("../../x", "eml", "_.._x.eml"),
        ("a", "../x", "a.bin"),
        ("a\0\n", "eml", "a__.eml"),
        ("x" * 250, "eml", "x" * 200 + ".eml"),
    ],
)
def test_a_message_has_a_plain_name_in_its_directory(identifier: str, extension: str, name: str) -> None:
    assert stored_name(identifier, extension) == name


def test_lines_for_a_terminal_lose_their_colours() -> None:
    assert log_lines("\x1b[34msent:\x1b[39m\nTo: a\n\nText: /x") == ["sent:", "To: a", "Text: /x"]
