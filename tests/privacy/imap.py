"""A real IMAP server on loopback, as much of RFC 3501 as a mailbox needs, for as long as a test runs."""

import re
import socketserver
import threading
from contextlib import contextmanager


class Mailbox:
    """Its messages by number, the flags of each, and how it behaves."""

    def __init__(self, password="secret word"):
        self.messages, self.flags, self.password = {}, {}, password
        # After so many commands the line drops.
        self.drops_after = None
        self.expunged = []

    def put(self, raw):
        number = len(self.messages) + len(self.expunged) + 1
        self.messages[number], self.flags[number] = raw, set()
        return number


class Handler(socketserver.StreamRequestHandler):
    """One conversation."""

    def handle(self):
        box, said = self.server.box, 0
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            said += 1
            if box.drops_after is not None and said > box.drops_after:
                return
            tag, _space, rest = line.decode().strip().partition(" ")
            verb, _space, arguments = rest.partition(" ")
            answer = getattr(self, f"do_{verb.lower()}", None)
            lines, status = answer(box, arguments) if answer else ([], "BAD unknown")
            for one in lines:
                self.wfile.write(one + b"\r\n")
            self.wfile.write(f"{tag} {status}\r\n".encode())
            if verb.upper() == "LOGOUT":
                return

    def do_capability(self, box, _arguments):
        return [b"* CAPABILITY IMAP4rev1"], "OK done"

    def do_login(self, box, arguments):
        is_right = box.password in arguments
        return [], "OK welcome" if is_right else "NO go away, amara@example.com"

    def do_select(self, box, _arguments):
        return [f"* {len(box.messages)} EXISTS".encode()], "OK [READ-WRITE] selected"

    def do_search(self, box, _arguments):
        new = " ".join(str(n) for n, flags in box.flags.items() if r"\Seen" not in flags)
        return [f"* SEARCH {new}".strip().encode()], "OK done"

    def do_fetch(self, box, arguments):
        number, what = arguments.split(" ", 1)
        raw = box.messages[int(number)]
        if "SIZE" in what:
            return [f"* {number} FETCH (RFC822.SIZE {len(raw)})".encode()], "OK done"
        start = f"* {number} FETCH (BODY[] {{{len(raw)}}}".encode()
        return [start + b"\r\n" + raw + b")"], "OK done"

    def do_store(self, box, arguments):
        number, _what, flags = arguments.split(" ", 2)
        box.flags[int(number)] |= set(re.findall(r"\\\w+", flags))
        return [f"* {number} FETCH (FLAGS {flags})".encode()], "OK done"

    def do_expunge(self, box, _arguments):
        for number in [n for n, flags in box.flags.items() if r"\Deleted" in flags]:
            box.expunged.append(number)
            del box.messages[number], box.flags[number]
        return [], "OK done"

    def do_logout(self, box, _arguments):
        return [b"* BYE"], "OK bye"


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


@contextmanager
def running(settings, **facts):
    box = Mailbox(**facts)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.box = box
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        settings.PRIVACY_MAILBOX_URL = f"imap://office:secret%20word@127.0.0.1:{port}/INBOX"
        yield box
        server.shutdown()
