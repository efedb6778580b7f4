"""How a node comes, stays and goes, by the programs of the packages and as an owner types it."""

import json
import pathlib
import re
import subprocess
import time
import tomllib

from common import Failed, check, debs, entry, host_arch, run, wait_for
from machine import ADDRESS, NETWORKED, Machine

NODE = "pi-01"
# Port of MQTT over TLS, and of the hub's own connection, which is plain and on loopback.
TLS, PLAIN = 8883, 1883
BACKUP = "/root/picket.backup"
# What the journal says at warning or worse because this test makes it so, an expression a line.
CUT_OFF = r"the connection to mqtts://.* was lost: .*; reports wait, it is tried again waiting=\d+"
# Said beside it, and each only once a minute: which of the two stands there depends on who is faster.
NO_HUB = r"(cannot connect to mqtts://.*|mqtts://.* does not answer.*); reports wait, it is tried again waiting=\d+"
REFUSED = rf'the broker refuses client "{NODE}" \(user "{NODE}"\): user name or password is wrong, or unknown here'
NOT_LET_IN = r".*(takes no such name and password|does not let this node in).*"
UNSAID = rf"ticket: {NODE}: the agent started anew without having said that it would stop"
SILENT = rf"ticket: (over: )?{NODE}: (silent|gone|hung).*"
# A hub whose store is gone begins with run 1, until its nodes tell it of a higher one.
OLD_RUN = r"a status of the hub was refused: who else publishes it\? why=run \d+ of the hub is not newer than \d+, which is followed"
# A call that the sandbox refuses is an error to the program, which may hide it. So it ends it here.
STRICT = "[Service]\nSystemCallErrorNumber=kill\n"


def nodes(machine: Machine) -> list[dict]:
    """What the hub tells a member of the group picket."""
    done = machine.run("picket-hub", "status", "--json", user="anna", ok=False)
    return json.loads(done.stdout)["nodes"] if done.returncode == 0 else []


def alive(machine: Machine, joined: bool = True) -> dict | None:
    """The one node, if it is alive, has joined and has readings."""
    known = nodes(machine)
    fits = len(known) == 1 and known[0]["presence"] == "alive" and known[0]["joined"] == joined and known[0]["readings"]
    return known[0] if fits else None


def pid_of(machine: Machine, unit: str) -> str:
    return machine.show(unit, "MainPID")


def strict(machine: Machine, on: bool) -> None:
    """Whether a refused system call ends the program; both services begin anew."""
    for unit in NETWORKED:
        folder = machine.inside(f"run/systemd/system/{unit}.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "strict.conf").write_text(STRICT if on else "")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "try-restart", *NETWORKED)


def enroll(machine: Machine, *options: str) -> str:
    """A token for the node, as root gets it."""
    said = json.loads(machine.run("picket-hub", "enroll", NODE, "--yes", "--json", *options).stdout)
    (given,) = said["tokens"]
    check(given["node"] == NODE and given["address"] == f"{ADDRESS}:{TLS}", f"a token for {NODE} names {given['address']}, where the default route begins")
    return given["token"]


def join(machine: Machine, token: str, *options: str) -> None:
    """Pipes the token to the agent, and reads meanwhile what every process of this machine shows."""
    command = machine.entering("picket-agent", "join", *options)
    seen = set()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as joining:
        joining.stdin.write(f"{token}\n".encode())
        joining.stdin.close()
        until = time.monotonic() + 120
        while joining.poll() is None:
            seen |= shown_by_processes()
            if time.monotonic() > until:
                joining.kill()
                raise Failed("picket-agent join: not done within 120 s")
        said = joining.stdout.read().decode()
    check(joining.returncode == 0, f"picket-agent join: {said.strip().splitlines()[-1:]}")
    check(any(b"picket-agent\0join" in one for one in seen), "while it ran it was seen among the processes")
    check(token not in said and not any(token.encode() in one for one in seen), "and no process showed the token")


def shown_by_processes() -> set[bytes]:
    """Command line and environment of each process."""
    texts = set()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                texts.add((folder / name).read_bytes())
            except OSError:
                continue  # It has ended.
    return texts


def enrolled_and_joined(machine: Machine) -> str:
    """From two packages to a member. Gives the token."""
    print("enrol and join")
    machine.address()
    for user, groups in (("anna", ["-G", "picket"]), ("otto", [])):
        machine.run("useradd", "--create-home", *groups, user)
    strict(machine, True)
    wait_for("the hub is back", 60, lambda: machine.active("picket-hub.service"))
    agent_toml, hub_toml = (machine.root / f"etc/picket/{name}.toml" for name in ("agent", "hub"))
    with agent_toml.open("a") as file:
        file.write('every = "2s"\n')
    before = {file: file.read_text() for file in (agent_toml, hub_toml)}
    token = enroll(machine)
    join(machine, token)
    check(machine.active("picket-agent.service"), "joining has started the service")
    node = wait_for("a member of the group picket sees the node alive", 60, lambda: alive(machine))
    check(node["id"] == NODE, f"{node['id']} is alive and has joined, with {len(node['readings'])} readings")
    refused = machine.run("picket-hub", "status", user="otto", ok=False)
    check("no permission for /run/picket/hub/hub.sock" in refused.stderr, f"one who is no member is refused: {refused.stderr.strip()}")
    settings_are_kept(before, {agent_toml: ("hub", f"mqtts://{ADDRESS}:{TLS}"), hub_toml: ("listen_tls", [f"0.0.0.0:{TLS}"])})
    files_are_whose(machine)
    speaks_tls(machine)
    return token


def settings_are_kept(before: dict[pathlib.Path, str], added: dict[pathlib.Path, tuple]) -> None:
    for file, text in before.items():
        now = file.read_text()
        rest = iter(now.splitlines())
        check(all(line in rest for line in text.splitlines()), f"{file.name} has every line that it had, comments too")
        key, value = added[file]
        settings = tomllib.loads(now)
        check(settings.get("broker", settings).get(key) == value, f"and says {key} = {value}")


def files_are_whose(machine: Machine) -> None:
    for path, expected in (
        ("etc/picket", "1775 root:picket-hub"),
        ("etc/picket/agent.id", "0600 picket-agent:picket-agent"),
        ("etc/picket/agent.toml", "0644 root:root"),
        ("etc/picket/hub.toml", "0644 root:root"),
        ("etc/picket/nodes.toml", "0644 picket-hub:picket"),
        ("var/lib/picket/identity", "0700 picket-hub:picket"),
        ("var/lib/picket/identity/keys.toml", "0600 picket-hub:picket"),
    ):
        said = entry(machine.root, path)
        check(said == expected, f"{path} is {said}")
    names = sorted(path.name for path in (machine.root / "etc/picket").iterdir())
    check(names == ["agent.id", "agent.toml", "halt.d", "hub.toml", "nodes.toml"], f"nothing else lies there: {names}")
    for unit, user in (("picket-agent.service", "picket-agent"), ("picket-hub.service", "picket-hub")):
        said = machine.run("stat", "-c", "%U", f"/proc/{pid_of(machine, unit)}").stdout.strip()
        check(said == user, f"{unit} runs as {said}")


def speaks_tls(machine: Machine) -> None:
    """Where the agent's user has connections to."""
    uid = int(machine.run("id", "-u", "picket-agent").stdout)
    rows = [line.split() for line in pathlib.Path(f"/proc/{machine.leader}/net/tcp").read_text().splitlines()[1:]]
    # proc(5): the third field is the other end, the fourth the state (01 is established), the eighth the user.
    ports = {int(row[2].split(":")[1], 16) for row in rows if row[3] == "01" and int(row[7]) == uid}
    check(ports == {TLS}, f"the agent's connections lead to port {ports}, and to no other")


def joins_again(machine: Machine) -> str:
    print("a card was replaced: the same name, another key")
    keys = machine.root / "etc/picket/agent.id"
    old, pid = keys.read_text(), pid_of(machine, "picket-agent.service")
    refused = machine.run("picket-hub", "enroll", NODE, "--yes", ok=False)
    check(refused.returncode == 1 and "--replace" in refused.stderr, f"a name that is taken: {refused.stderr.strip()}")
    token = enroll(machine, "--replace")
    join(machine, token, "--replace")
    check(keys.read_text() != old, "the node has new keys")
    check(pid_of(machine, "picket-agent.service") not in ("0", pid), "and joining has restarted the service")
    wait_for("the node is alive again", 60, lambda: alive(machine))
    return token


def nothing_was_refused(machine: Machine) -> None:
    """Ends the time in which a refused system call ends the program."""
    for unit in NETWORKED:
        restarts, status = machine.show(unit, "NRestarts"), machine.show(unit, "ExecMainStatus")
        check((restarts, status) == ("0", "0"), f"no system call of {unit} was refused")
    strict(machine, False)
    wait_for("the node is alive under the units as they are", 90, lambda: alive(machine))


def secrets_of(machine: Machine) -> dict[str, str]:
    """Every secret that agent and hub keep, by what it is."""
    found = {}
    own = tomllib.loads((machine.root / "etc/picket/agent.id").read_text())
    identity = machine.root / "var/lib/picket/identity"
    keys = tomllib.loads((identity / "keys.toml").read_text())
    found |= {f"{name} of agent.id": own[name] for name in ("key", "password")}
    found |= {f"{name} of keys.toml": keys[name] for name in ("hub_key", "next_hub_key", "hub_password")}
    for name in ("ca.key", "server.key"):
        lines = [line for line in (identity / name).read_text().splitlines() if "-----" not in line]
        found |= {f"line {number} of {name}": line for number, line in enumerate(lines, 1)}
    return found


def no_secret_was_shown(machine: Machine, tokens: list[str]) -> None:
    print("secrets")
    secrets = {f"token {number}": token for number, token in enumerate(tokens, 1)} | secrets_of(machine)
    short = [name for name, secret in secrets.items() if len(secret) < 16]
    check(not short or short == [name for name in short if name.startswith("line")], f"{len(secrets)} secrets are looked for")
    journal = machine.run("journalctl", "--no-pager", "--quiet", "--all", "--output=export").stdout
    check(f"{NODE} has joined" in journal, "the journal tells of joining")
    told = [name for name, secret in secrets.items() if secret in journal]
    check(not told, f"and no secret {told}")
    processes = b"\n".join(shown_by_processes()).decode(errors="replace")
    told = [name for name, secret in secrets.items() if secret in processes]
    check(not told, f"no process shows one {told}")


def identity_moves(machine: Machine) -> None:
    print("backup, a hub that is gone, restore")
    identity = machine.root / "etc/picket/agent.id"
    keys, settings = identity.read_text(), (machine.root / "etc/picket/hub.toml").read_text()
    pid = pid_of(machine, "picket-agent.service")
    machine.run("picket-hub", "backup", "--output", BACKUP)
    check(entry(machine.root, BACKUP[1:]) == "0600 root:root", f"{BACKUP} is root's alone")
    machine.run("dpkg", "--purge", "picket-hub")
    check(not (machine.root / "var/lib/picket").exists(), "a purge takes the identity")
    machine.install(*debs(host_arch(), "picket-hub"))
    # The group is a new one, and whoever was in it was only in that of before.
    machine.run("usermod", "--append", "--groups", "picket", "anna")
    (machine.root / "etc/picket/hub.toml").write_text(settings)
    refused = machine.run("picket-hub", "restore", BACKUP, ok=False)
    check(refused.returncode != 0, f"not beside a running hub: {refused.stderr.strip()}")
    machine.run("systemctl", "stop", "picket-hub.service")
    refused = machine.run("picket-hub", "restore", BACKUP, ok=False)
    check("--force" in refused.stderr, f"nor over other keys: {refused.stderr.strip()}")
    said = machine.run("picket-hub", "restore", "--force", BACKUP).stdout
    check("1 enrolled node" in said, said.splitlines()[0])
    machine.run("systemctl", "start", "picket-hub.service")
    check(machine.active("picket-hub.service"), "the hub starts with it")
    for path in ("keys.toml", "ca.key", "server.key", "credentials.toml"):
        said = entry(machine.root, f"var/lib/picket/identity/{path}")
        check(said == "0600 picket-hub:picket", f"identity/{path} is {said}")
    said = entry(machine.root, "etc/picket/nodes.toml")
    check(said == "0644 picket-hub:picket", f"etc/picket/nodes.toml is {said}")
    wait_for("the node is alive and has joined", 120, lambda: alive(machine))
    check(identity.read_text() == keys and pid_of(machine, "picket-agent.service") == pid,
          "the node is alive again, by the keys that it had, and its agent was never restarted")  # fmt: skip


def expelled(machine: Machine) -> None:
    print("expel")
    machine.run("picket-hub", "expel", NODE, "--yes")
    check(f"{NODE}" not in (machine.root / "etc/picket/nodes.toml").read_text(), "nodes.toml names it no more")
    check(NODE not in (machine.root / "var/lib/picket/identity/credentials.toml").read_text(), "nor has it credentials")
    refused = lambda: any(re.fullmatch(REFUSED, line) for line in machine.warnings()[machine.seen_warnings :])  # noqa: E731
    wait_for("the broker refuses the node", 90, refused)
    check(alive(machine) is None, "the broker refuses the node, which is no member any more")
