#!/usr/bin/env python3
"""Stand-in PostgreSQL servers: what one real tenant answered once is answered to everybody, after a chosen time.

  standin.py record --to FILE [--listen 24400] [--server 24330]     # between Neo and a real server, until it is ended
  standin.py answer FILE... [--listen 24500] [--servers 50] [--after 5]  # as so many servers, each answer after 5 ms

Both take connections that want no password (`trust` in pg_hba.conf): with one no two are alike. A recording is a tree: what a client
has said in a session so far, and what it was answered. Names of databases, numbers and the number of a session differ from one to the next and are
left out of the comparison; in the answer they are put in anew. What nobody has asked before is answered as it was in any other session, or
not at all, and told at the end: `astray`. It remembers nothing: a column that has been added is pending again the next time."""
import argparse, asyncio, json, re, signal, struct, sys

SSL, CANCEL = 80877103, 80877102
DIGITS = re.compile(rb"\d+")


def messages(buffer, is_first):
    """Whole messages at the beginning of the buffer, and how long they are: (kind, bytes)."""
    found, at = [], 0
    while True:
        head = 4 if is_first else 5
        if len(buffer) - at < head:
            return found, at
        (size,) = struct.unpack_from(">I", buffer, at + head - 4)
        size += head - 4
        if len(buffer) - at < size:
            return found, at
        kind = b"" if is_first else buffer[at:at + 1]
        found.append((kind, bytes(buffer[at:at + size])))
        at += size
        # Whoever asks for TLS begins once more.
        is_first = is_first and struct.unpack_from(">I", found[-1][1], 4)[0] == SSL


def parameters(startup):
    words = startup[8:].rstrip(b"\0").split(b"\0")
    return dict(zip(words[::2], words[1::2]))


def said(bytes_, database):
    """What a client has said, without what differs from one tenant to the next."""
    if database:
        bytes_ = bytes_.replace(database, b"@")
    return DIGITS.sub(b"#", bytes_[:1] + bytes_[5:]).decode("latin-1")


def began(startup):
    given = parameters(startup)
    kept = {k.decode(): DIGITS.sub(b"#", v).decode("latin-1") for k, v in given.items() if k not in (b"user", b"database", b"application_name")}
    whose = "administrator" if given.get(b"database") == b"postgres" else "tenant"
    return f"{whose} {json.dumps(kept, sort_keys=True)}"


class Ear:
    """Reads what a client says, and cuts it into what is answered as a whole."""

    def __init__(self):
        self.buffer, self.is_first, self.database, self.words = bytearray(), True, b"", []

    def hear(self, data):
        """Flights that are over by this: what was said, or None for the end."""
        self.buffer += data
        found, at = messages(self.buffer, self.is_first)
        del self.buffer[:at]
        flights = []
        for kind, bytes_ in found:
            if self.is_first:
                (code,) = struct.unpack_from(">I", bytes_, 4)
                if code == SSL:
                    flights.append("ssl")
                elif code == CANCEL:
                    flights.append(None)
                else:
                    self.is_first = False
                    self.database = parameters(bytes_).get(b"database", b"")
                    flights.append(began(bytes_))
                continue
            if kind == b"X":
                flights.append(None)
                continue
            self.words.append(said(bytes_, self.database))
            if kind in (b"Q", b"S"):
                flights.append("".join(self.words))
                self.words = []
        return flights


class Recorder:
    def __init__(self, port):
        self.port, self.sessions = port, []

    async def serve(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        session = {"database": "", "pid": 0, "flights": []}
        self.sessions.append(session)
        ear, waiting = Ear(), []

        async def up():
            while data := await reader.read(65536):
                for flight in ear.hear(data):
                    if flight is not None:
                        waiting.append(flight)
                session["database"] = ear.database.decode("latin-1")
                back.write(data)
            back.close()

        async def down():
            buffer, answer = bytearray(), bytearray()
            while data := await there.read(65536):
                writer.write(data)
                buffer += data
                if waiting and waiting[0] == "ssl":
                    waiting.pop(0)
                    del buffer[:1]
                found, at = messages(buffer, False)
                del buffer[:at]
                for kind, bytes_ in found:
                    answer += bytes_
                    if kind == b"K":
                        (session["pid"],) = struct.unpack_from(">I", bytes_, 5)
                    if kind == b"Z":
                        session["flights"].append((waiting.pop(0), answer.hex()))
                        answer = bytearray()
            writer.close()

        await asyncio.gather(up(), down(), return_exceptions=True)


class Tree:
    """Of all sessions that were recorded: what was said, then how that was answered and what was said next."""

    def __init__(self, sessions):
        self.root, self.anywhere = {}, {}
        for session in sessions:
            node = self.root
            pid, database = session["pid"], session["database"].encode("latin-1")
            for flight, answer in session["flights"]:
                entry = node.get(flight)
                if entry is None:
                    answer = bytes.fromhex(answer)
                    tells = flight.startswith(("tenant {", "administrator {")) or "pg_backend_pid" in flight
                    entry = (answer, database if database in answer and database != b"postgres" else None, pid if tells else None, {})
                    node[flight] = entry
                    self.anywhere.setdefault(flight, entry)
                node = entry[3]


class Session(asyncio.Protocol):
    def __init__(self, tree, count, after):
        self.tree, self.node, self.count, self.after, self.ear = tree, tree.root, count, after, Ear()

    def connection_made(self, transport):
        self.transport = transport
        self.count["sessions"] += 1
        # As many digits as that of the session that was recorded.
        self.nth = self.count["sessions"]

    def data_received(self, data):
        for flight in self.ear.hear(data):
            if flight is None:
                self.transport.close()
                return
            answer = b"N" if flight == "ssl" else self.answer(flight)
            if self.after:
                asyncio.get_running_loop().call_later(self.after, self.say, answer)
            else:
                self.say(answer)

    def say(self, answer):
        if answer is None:
            self.transport.close()
        else:
            self.transport.write(answer)

    def answer(self, flight):
        self.count["answers"] += 1
        entry = self.node.get(flight)
        if entry is None:
            entry = self.tree.anywhere.get(flight)
            self.count["astray"] += 1
            if len(self.count["words"]) < 20:
                self.count["words"].add(("elsewhere: " if entry else "unknown: ") + flight[:300])
            if entry is None:
                return None
        answer, database, pid, self.node = entry
        if database and len(database) == len(self.ear.database):
            answer = answer.replace(database, self.ear.database)
        if pid is not None:
            digits = len(str(pid))
            own = 10 ** (digits - 1) + self.nth % (9 * 10 ** (digits - 1))
            answer = answer.replace(str(pid).encode(), str(own).encode()).replace(struct.pack(">I", pid), struct.pack(">I", own))
        return answer


def until_ended():
    ended = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, ended.set)
    return ended.wait()


async def record(given):
    recorder = Recorder(given.server)
    await asyncio.start_server(recorder.serve, "127.0.0.1", given.listen)
    print("ready", flush=True)
    await until_ended()
    sessions = [session for session in recorder.sessions if session["flights"]]
    with open(given.to, "w") as file:
        json.dump(sessions, file, indent=1)
    print(f"{len(sessions)} sessions, {sum(len(s['flights']) for s in sessions)} answers", file=sys.stderr)


async def answer(given):
    tree = Tree([session for file in given.files for session in json.load(open(file))])
    count = {"sessions": 0, "answers": 0, "astray": 0, "words": set()}
    loop = asyncio.get_running_loop()
    for port in range(given.listen, given.listen + given.servers):
        await loop.create_server(lambda: Session(tree, count, given.after / 1000), "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    await until_ended()
    print(f"{count['sessions']} sessions, {count['answers']} answers, {count['astray']} astray", file=sys.stderr)
    for words in sorted(count["words"]):
        print(f"  {words!r}", file=sys.stderr)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    does = arguments.add_subparsers(required=True)
    one = does.add_parser("record")
    one.add_argument("--to", required=True)
    one.add_argument("--listen", type=int, default=24400)
    one.add_argument("--server", type=int, default=24330)
    one.set_defaults(work=record)
    one = does.add_parser("answer")
    one.add_argument("files", nargs="+")
    one.add_argument("--listen", type=int, default=24500)
    one.add_argument("--servers", type=int, default=50)
    one.add_argument("--after", type=float, default=0, help="milliseconds")
    one.set_defaults(work=answer)
    given = arguments.parse_args()
    asyncio.run(given.work(given))


if __name__ == "__main__":
    main()
