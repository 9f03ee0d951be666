"""What a ResourceManager answers when it would not, in plain words."""

from __future__ import annotations

import msgspec

from flinklab.domain.errors import AccessDeniedError, BrokenReplyError, NoApplicationError, YarnRefusedError
from flinklab.domain.typed import decode
from flinklab.flink.transport import Reply
from flinklab.yarn.identity import KERBEROS, NONE, Identity
from flinklab.yarn.wire import RefusalReply


def said(body: bytes | str) -> str:
    """What it gives as its reason: a `RemoteException`, or (Hadoop 3.4, where it refuses a change) bare text."""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    try:
        message = decode(text.encode(), RefusalReply).refusal.message
    except msgspec.DecodeError:
        message = text
    head, colon, rest = message.strip().partition(": ")
    is_class = bool(colon) and "." in head and " " not in head
    return rest if is_class else message.strip()


def denied(error: AccessDeniedError, url: str, identity: Identity) -> AccessDeniedError:
    """A 401 or 403 (or a certificate) as what is to be done about it."""
    reason = said(error.details or "")
    negotiates = "negotiate" in error.challenge.lower()
    message, hint = error.message, error.hint
    if "impersonate" in reason:
        message = f"{url} does not let {identity.user or 'you'} act for {identity.proxy_user}"
        key = f"hadoop.proxyuser.{_short(identity.user)}"
        hint = f"the ResourceManager's core-site.xml allows it: {key}.hosts and {key}.users"
    elif error.status == 401 and negotiates and identity.auth == KERBEROS:
        message = f"{url} did not accept the Kerberos ticket"
        hint = "`klist` shows whose it is and until when; `kinit` gets a new one"
    elif error.status == 401 and negotiates:
        message = f"{url} wants Kerberos"
        hint = "register it with auth `kerberos` (--auth kerberos), and have a ticket (`kinit`)"
    elif error.status == 401 and identity.auth == NONE:
        message = f"{url} wants to know who asks"
        hint = "register it with auth `simple` and a user, or with a password or token"
    elif error.status == 403 and reason and not reason.startswith("<"):
        message = f"{url} refused: {_line(reason)}"
    return AccessDeniedError(
        message, url=url, hint=hint, details=error.details, status=error.status, challenge=error.challenge
    )


def not_permitted(what: str, application_id: str, error: AccessDeniedError) -> YarnRefusedError:
    """`what`: as in `kill`."""
    reason = said(error.details or "")
    who = reason.rpartition(" by remote user ")[2] if " by remote user " in reason else ""
    by = "nobody in particular (the default user)" if who == "dr.who" else who
    message = f"not permitted to {what} {application_id}" + (f" as {by}" if by else "")
    hint = "its owner and the administrators of its queue may"
    return YarnRefusedError(message, hint=hint, details=error.details)


def refused(what: str, application_id: str, reply: Reply) -> YarnRefusedError | NoApplicationError:
    """Of a reply that is neither a success nor an error of the connection."""
    if reply.status == 404:
        return unknown(application_id)
    reason = _line(said(reply.body))
    return YarnRefusedError(
        f"YARN would not {what} {application_id}: {reason}", details=reply.body[:4000].decode("utf-8", "replace")
    )


def not_asked_well(reply: Reply) -> YarnRefusedError:
    """Of a question that it will not answer: a queue that there is not, an application id that can be none."""
    return YarnRefusedError(
        f"YARN refused the question: {_line(said(reply.body))}",
        details=reply.body[:4000].decode("utf-8", "replace"),
    )


def unknown(application_id: str) -> NoApplicationError:
    hint = "it forgets those that ended long ago, and all when it starts without recovery"
    return NoApplicationError(f"the ResourceManager knows no application {application_id}", hint=hint)


def broken(url: str, reply: Reply) -> BrokenReplyError:
    """A reply that is not the protocol."""
    reason = said(reply.body)
    shown = f": {_line(reason)}" if reason and not reason.startswith(("{", "[", "<")) else ""
    return BrokenReplyError(
        f"{url} answered what is not understood (HTTP {reply.status}){shown}",
        url=url,
        details=reply.body[:4000].decode("utf-8", "replace"),
    )


def _line(text: str) -> str:
    return text.splitlines()[0][:300] if text else "no reason was given"


def _short(principal: str) -> str:
    return principal.partition("@")[0].partition("/")[0] or "USER"
