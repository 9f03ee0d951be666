"""As much of the system's Kerberos library as SPNEGO needs, through ctypes.

Python's packages for it hold no library for Linux: to install them means to compile them. The library itself comes
with `kinit`. Names and numbers: RFC 2744 (C bindings of GSS-API), RFC 4178 (SPNEGO), and MIT's `gssapi_ext.h`
for credentials from a keytab.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from flinklab.domain.errors import UsageError

_LIBRARY = "libgssapi_krb5.so.2"
_INSTALL = "install Kerberos' programs: Debian's krb5-user, Red Hat's krb5-workstation"
_OF_THE_CALL, _OF_THE_MECHANISM = 1, 2  # GSS_C_GSS_CODE, GSS_C_MECH_CODE
_INITIATE = 1  # GSS_C_INITIATE
_FAILED = 16  # the bits above hold errors


class KerberosError(Exception):
    """What the library says."""


class _Oid(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint32), ("elements", ctypes.c_char_p))


class _OidSet(ctypes.Structure):
    _fields_ = (("count", ctypes.c_size_t), ("elements", ctypes.POINTER(_Oid)))


class _Buffer(ctypes.Structure):
    _fields_ = (("length", ctypes.c_size_t), ("value", ctypes.c_void_p))


class _Pair(ctypes.Structure):
    _fields_ = (("key", ctypes.c_char_p), ("value", ctypes.c_char_p))


class _Store(ctypes.Structure):
    _fields_ = (("count", ctypes.c_uint32), ("elements", ctypes.POINTER(_Pair)))


def _oid(text: str) -> _Oid:
    raw = bytes.fromhex(text)
    return _Oid(len(raw), raw)


_SERVICE = _oid("2a864886f71201020104")  # GSS_C_NT_HOSTBASED_SERVICE
_PRINCIPAL = _oid("2a864886f71201020201")  # GSS_KRB5_NT_PRINCIPAL_NAME
_KERBEROS = _oid("2a864886f712010202")
_SPNEGO = _oid("2b0601050502")


def token(host: str, *, principal: str = "", keytab: str = "") -> bytes:
    """The first (and with Kerberos the only) token for the web server on `host`.

    `principal`: whose ticket; of several in the cache, or with a `keytab` to get one by. It answers within the time
    limits of krb5.conf. Raises `KerberosError`, and `UsageError` where there is no Kerberos on the machine.
    """
    library = _library()
    with _name(library, f"HTTP@{host}", _SERVICE) as server, _credential(library, principal, keytab) as credential:
        context, out = ctypes.c_void_p(), _Buffer()
        try:
            _call(
                library.gss_init_sec_context,
                credential,
                ctypes.byref(context),
                server,
                ctypes.byref(_SPNEGO),
                ctypes.c_uint32(0),
                ctypes.c_uint32(0),
                None,
                None,
                None,
                ctypes.byref(out),
                None,
                None,
            )
            return ctypes.string_at(out.value or 0, out.length) if out.length else b""
        finally:
            _release(library.gss_release_buffer, out)
            _release(library.gss_delete_sec_context, context, None)


@cache
def _library() -> ctypes.CDLL:
    for name in (_LIBRARY, ctypes.util.find_library("gssapi_krb5")):
        try:
            return ctypes.CDLL(name or _LIBRARY)
        except OSError:
            continue
    raise UsageError(f"there is no Kerberos library on this machine ({_LIBRARY})", hint=_INSTALL)


@contextmanager
def _name(library: ctypes.CDLL, text: str, kind: _Oid) -> Iterator[ctypes.c_void_p]:
    raw, name = text.encode(), ctypes.c_void_p()
    buffer = _Buffer(len(raw), ctypes.cast(ctypes.c_char_p(raw), ctypes.c_void_p))
    _call(library.gss_import_name, ctypes.byref(buffer), ctypes.byref(kind), ctypes.byref(name))
    try:
        yield name
    finally:
        _release(library.gss_release_name, name)


@contextmanager
def _credential(library: ctypes.CDLL, principal: str, keytab: str) -> Iterator[ctypes.c_void_p]:
    """Of the principal, or (empty) of whom the user's cache has a ticket."""
    store = None
    if keytab:
        pairs = [
            _Pair(b"client_keytab", keytab.encode()),
            _Pair(b"ccache", b"MEMORY:flinklab-" + principal.encode()),
        ]
        store = ctypes.byref(_Store(len(pairs), (_Pair * len(pairs))(*pairs)))
    with _name(library, principal, _PRINCIPAL) if principal else nullcontext() as name:
        try:
            credential = _acquired(library, name, _SPNEGO, store)
        except KerberosError:
            # SPNEGO says no more than that it has no mechanism; Kerberos says why.
            _release(library.gss_release_cred, _acquired(library, name, _KERBEROS, store))
            raise
    try:
        yield credential
    finally:
        _release(library.gss_release_cred, credential)


def _acquired(library: ctypes.CDLL, name: ctypes.c_void_p | None, mechanism: _Oid, store: Any) -> ctypes.c_void_p:
    credential = ctypes.c_void_p()
    _call(
        library.gss_acquire_cred_from,
        name,
        ctypes.c_uint32(0),
        ctypes.byref(_OidSet(1, ctypes.pointer(mechanism))),
        ctypes.c_int(_INITIATE),
        store,
        ctypes.byref(credential),
        None,
        None,
    )
    return credential


def _call(function: Any, *arguments: Any) -> None:
    minor = ctypes.c_uint32()
    function.restype = ctypes.c_uint32
    major = function(ctypes.byref(minor), *arguments)
    if major >> _FAILED:
        raise KerberosError(_text(major, minor.value))


def _release(function: Any, held: ctypes.c_void_p | _Buffer, *rest: Any) -> None:
    function(ctypes.byref(ctypes.c_uint32()), ctypes.byref(held), *rest)


def _text(major: int, minor: int) -> str:
    library, told = _library(), []
    for code, kind, mechanism in (
        (major, _OF_THE_CALL, None),
        (minor, _OF_THE_MECHANISM, ctypes.byref(_KERBEROS)),
    ):
        buffer = _Buffer()
        library.gss_display_status(
            ctypes.byref(ctypes.c_uint32()),
            ctypes.c_uint32(code),
            ctypes.c_int(kind),
            mechanism,
            ctypes.byref(ctypes.c_uint32(0)),
            ctypes.byref(buffer),
        )
        if buffer.length:
            told.append(ctypes.string_at(buffer.value or 0, buffer.length).decode("utf-8", "replace").rstrip("\0"))
        _release(library.gss_release_buffer, buffer)
    return "; ".join(told)
