"""The bench's own database servers: private clusters on loopback with the engine's defaults, under the bench's folder.

A snapshot is a copy of the stopped server's files; putting it back copies only what changed, so that every timed run starts
from the same bytes."""
import os, shutil, subprocess, time
from pathlib import Path

USER, PASSWORD = "fleet", "fleet"


def quiet(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


class Server:
    """What both engines share."""

    def __init__(self, root: Path):
        self.root = root / self.name
        self.data = self.root / "data"
        self.socket = self.root / "socket"

    def url(self, database):
        return f"{self.scheme}://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def ready(self):
        """Running, made first if it is not there."""
        if not (self.root / "made").exists():
            shutil.rmtree(self.root, ignore_errors=True)
            for folder in (self.root, self.data, self.socket):
                folder.mkdir(parents=True, exist_ok=True)
                shutil.chown(folder, self.owner, self.owner)
            self.make()
            (self.root / "made").touch()
        if self.pid() is None:
            self.start()

    def snapshot(self, name):
        self.settle()
        self.stop()
        quiet("rsync", "-a", "--delete", f"{self.data}/", f"{self.root}/{name}/")
        os.sync()
        self.start()

    def has(self, name):
        return (self.root / name).exists()

    def restore(self, name):
        self.stop()
        quiet("rsync", "-a", "--delete", "--inplace", "--whole-file", f"{self.root}/{name}/", f"{self.data}/")
        os.sync()
        self.start()

    def pid(self):
        try:
            pid = int(self.pidfile().read_text().split()[0])
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError, IndexError):
            return None


class Postgres(Server):
    name, scheme, owner, port = "postgres", "postgres", "postgres", 24329

    def __init__(self, root):
        super().__init__(root)
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        if not found:
            raise SystemExit("error: PostgreSQL's programs are not installed\n  hint: apt-get install postgresql")
        self.bin = found[-1]

    def pidfile(self):
        return self.data / "postmaster.pid"

    def as_owner(self, *command, **options):
        return quiet("runuser", "-u", "postgres", "--", *map(str, command), cwd="/", **options)

    def make(self):
        self.as_owner(self.bin / "initdb", "-D", self.data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256",
                      "--auth-local=peer", f"--pwfile={self.secret()}")
        with open(self.data / "postgresql.conf", "a") as conf:  # where it listens, and nothing about its speed
            conf.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\n"
                       f"unix_socket_directories = '{self.socket}'\n")
        self.start()
        self.sql(f"create role {USER} login createdb createrole password '{PASSWORD}'")

    def secret(self):
        path = self.root / ".pw"
        path.write_text("unused")
        shutil.chown(path, "postgres", "postgres")
        return path

    def start(self):
        self.as_owner(self.bin / "pg_ctl", "-D", self.data, "-w", "-l", self.root / "log", "start")

    def stop(self):
        if self.pid():
            self.as_owner(self.bin / "pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def settle(self):
        """Spare log segments as a server has that ran for a while, and everything on disk."""
        for _ in range(5):
            self.sql("create table if not exists settle (i integer); insert into settle values (1)", "select pg_switch_wal()")
        self.sql("drop table settle", "checkpoint")

    def sql(self, *statements, database="postgres", text=None):
        command = ["runuser", "-u", "postgres", "--", str(self.bin / "psql"), "-XqAt", "-h", str(self.socket), "-p",
                   str(self.port), "-d", database, "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        done = subprocess.run(command, input=text, text=True, capture_output=True, cwd="/")
        if done.returncode:
            raise SystemExit(f"error: {done.stderr.strip()}")
        return done.stdout.strip()

    def fill(self, template_sql, databases):
        """Every database a copy of one that the text made."""
        for name in ["bench_template", *databases]:
            self.sql(f"drop database if exists {name} with (force)")
        self.sql(f"create database bench_template owner {USER}")
        self.sql(database="bench_template", text=f"set role {USER};\n{template_sql}\nanalyze;")
        for name in databases:
            self.sql(f"create database {name} template bench_template owner {USER} strategy file_copy")


class Mysql(Server):
    name, scheme, owner, port = "mysql", "mysql", "mysql", 23069

    def pidfile(self):
        return self.root / "pid"

    def make(self):
        quiet("mariadb-install-db", "--no-defaults", "--user=mysql", f"--datadir={self.data}",
              "--auth-root-authentication-method=socket", "--skip-test-db")
        self.start()
        self.sql(f"create user '{USER}'@'%' identified by '{PASSWORD}'; grant all on *.* to '{USER}'@'%' with grant option")

    def start(self):
        subprocess.Popen(
            ["mariadbd", "--no-defaults", "--user=mysql", f"--datadir={self.data}", f"--socket={self.socket}/s",
             f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.pidfile()}",
             f"--log-error={self.root}/log"],
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            if subprocess.run(self.client() + ["-e", "select 1"], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"error: MariaDB did not start; see {self.root}/log")

    def stop(self):
        if pid := self.pid():
            quiet("mariadb-admin", "--no-defaults", "-S", f"{self.socket}/s", "-uroot", "shutdown")
            while Path(f"/proc/{pid}").exists():
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass
                time.sleep(0.05)

    def settle(self):
        pass

    def client(self):
        return ["mariadb", "--no-defaults", "-S", f"{self.socket}/s", "-uroot", "-N"]

    def sql(self, *statements, database=None, text=None):
        text = text or ";".join(statements)
        done = subprocess.run(self.client() + ([database] if database else []), input=text, text=True, capture_output=True)
        if done.returncode:
            raise SystemExit(f"error: {done.stderr.strip()}")
        return done.stdout.strip()

    def fill(self, template_sql, databases):
        self.sql("set global innodb_flush_log_at_trx_commit = 0")
        for name in databases:
            self.sql(f"drop database if exists {name}; create database {name}")
            self.sql(database=name, text=template_sql)
        self.sql("set global innodb_flush_log_at_trx_commit = 1")
