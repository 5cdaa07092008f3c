"""Who may use the page in the browser, and for how long."""

from __future__ import annotations

from pywrangler.local.rest.dashboard.sessions import INVITATION_SECONDS, SESSION_SECONDS, PageSessions

NOW = 1_000_000.0


def test_an_invitation_lets_one_browser_in() -> None:
    sessions = PageSessions()
    token = sessions.invite(NOW)
    session = sessions.enter(token, NOW + 1)
    assert session is not None
    assert sessions.enter(token, NOW + 1) is None
    assert sessions.find(session.cookie, NOW + 2) is session
    assert session.has_key(session.key)
    assert not session.has_key(session.cookie)
    assert not session.has_key("")


def test_an_invitation_is_short() -> None:
    sessions = PageSessions()
    assert sessions.enter(sessions.invite(NOW), NOW + INVITATION_SECONDS) is None
    assert sessions.enter("", NOW) is None


def test_a_session_ends_when_it_is_not_used() -> None:
    sessions = PageSessions()
    session = sessions.enter(sessions.invite(NOW), NOW)
    assert session is not None
    assert sessions.find(session.cookie, NOW + SESSION_SECONDS - 1) is session
    assert sessions.find(session.cookie, NOW + 2 * SESSION_SECONDS - 2) is session
    assert sessions.find(session.cookie, NOW + 4 * SESSION_SECONDS) is None
    assert sessions.find("", NOW) is None


def test_every_session_has_secrets_of_its_own() -> None:
    sessions = PageSessions()
    made = [sessions.enter(sessions.invite(NOW), NOW) for _ in range(3)]
    secrets = {text for each in made if each for text in (each.cookie, each.key)}
    assert len(secrets) == 6
    assert min(map(len, secrets)) > 40
