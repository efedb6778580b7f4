"""A container that boots a real systemd, and what is asked of it."""

import pathlib
import re
import shutil
import signal
import subprocess

from common import Failed, run, wait_for

NETWORKED = ("picket-agent.service", "picket-hub.service")
UNITS = (*NETWORKED, "picket-scrub.service", "picket-halt@.service", "picket-halt.socket")
# The one address of the container besides loopback, on its default route. It leads nowhere.
ADDRESS = "10.77.0.1"


class Machine:
    """A booted container."""

    def __init__(self, root: pathlib.Path, log: pathlib.Path):
        self.root = root
        self.log = log
        # Where systemd does not run, nobody could give the container a scope of its own.
        self.keep = [] if pathlib.Path("/run/systemd/system").exists() else ["--keep-unit"]
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", root, "--boot", "--register=no", *self.keep, "--private-network",
             "--console=passive", "--kill-signal=SIGRTMIN+3", "--machine=picket-test"],
            stdin=subprocess.DEVNULL, stdout=log.open("w"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.leader = 0
        self.seen_warnings = 0

    def boot(self) -> None:
        """Waits until systemd says that it has started everything."""

        def leader():
            if self.nspawn.poll() is not None:
                raise Failed(f"systemd-nspawn ended:\n{self.log.read_text()}")
            pid = self.nspawn.pid
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return int(children[0]) if children else 0

        def running():
            self.leader = leader()
            if not self.leader:
                return False
            try:
                said = self.run("systemctl", "is-system-running", ok=False, seconds=10).stdout.strip()
            except Failed:
                return False
            return said in ("running", "degraded")

        wait_for("the container boots", 60, running)

    def entering(self, *command: object, user: str = "") -> list[object]:
        """The words by which this machine runs a command in there, as root or as somebody else."""
        enter = ["nsenter", "--all", "--target", self.leader, "--"]
        if user:
            group = self.run("id", "-gn", user).stdout.strip()
            enter += ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--reset-env"]
        return [str(word) for word in (*enter, *command)]

    def run(self, *command: object, user: str = "", ok: bool = True, seconds: int = 120) -> subprocess.CompletedProcess:
        """A command in there."""
        return run(*self.entering(*command, user=user), ok=ok, seconds=seconds)

    def show(self, unit: str, prop: str) -> str:
        return self.run("systemctl", "show", "--value", "-p", prop, unit).stdout.strip()

    def active(self, unit: str) -> bool:
        return self.show(unit, "ActiveState") == "active"

    def install(self, *packages: pathlib.Path) -> str:
        """Copies packages in and gives them to dpkg."""
        inside = []
        for package in packages:
            shutil.copy(package, self.root / "root" / package.name)
            inside.append(f"/root/{package.name}")
        done = self.run("dpkg", "-i", *inside)
        for package in packages:
            (self.root / "root" / package.name).unlink()
        return done.stdout + done.stderr

    def warnings(self) -> list[str]:
        """What the journal has of Picket's units at warning or worse, from the boot on."""
        units = [f"--unit={unit.replace('@', '@*')}" for unit in UNITS]
        said = self.run("journalctl", "--no-pager", "--quiet", "--priority=4", "--output=cat", *units).stdout
        return [line for line in said.splitlines() if line.strip()]

    def check_warnings(self, when: str, provoked: tuple[str, ...] = (), perhaps: tuple[str, ...] = ()) -> None:
        """Since the last time there was no warning but what the test has provoked: expressions, each
        for the whole of a line. Of what was provoked each has to be there; what depends on who is
        faster stands in `perhaps`."""
        lines = self.warnings()
        new, self.seen_warnings = lines[self.seen_warnings :], len(lines)
        others = [line for line in new if not any(re.fullmatch(one, line) for one in provoked + perhaps)]
        absent = [one for one in provoked if not any(re.fullmatch(one, line) for line in new)]
        if others or absent:
            raise Failed(f"{when}: the journal has warnings that nobody provoked {others}, or not those that were {absent}")
        but = f" but {len(new)} lines, each provoked" if new else ""
        print(f"  {when}: the journal has no warning{but}")

    def address(self) -> None:
        """An address that a default route has. Without one a hub could not say where it is."""
        for words in (f"addr add {ADDRESS}/32 dev lo", f"route add default dev lo src {ADDRESS}"):
            run("nsenter", "--net", "--target", self.leader, "ip", *words.split())

    def inside(self, path: str) -> pathlib.Path:
        """A path as the container sees it, its tmpfs included."""
        return pathlib.Path(f"/proc/{self.leader}/root") / path

    def end(self) -> None:
        if self.nspawn.poll() is None:
            self.nspawn.send_signal(signal.SIGTERM)
            try:
                self.nspawn.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
        # Left behind where version 1 and 2 of cgroups are mixed.
        if self.keep:
            run("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do"
                " find /sys/fs/cgroup/*/payload /sys/fs/cgroup/*/supervisor -depth -type d -exec rmdir {} + 2>/dev/null"
                " && break; sleep 0.2; done", ok=False)  # fmt: skip
