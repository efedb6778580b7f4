"""What the tests of the packages have in common: roots, waiting, and what may be left behind."""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target")).resolve()
USERS = ("picket-agent", "picket-hub", "picket")


class Failed(Exception):
    """A test failed; one line says how."""


def check(true: bool, what: str) -> None:
    """What has to be true; said either way, so that the log tells what was looked at."""
    if not true:
        raise Failed(what)
    print(f"  {what}")


def needs(name: str, *programs: str) -> None:
    """Ends with status 3 where the test cannot run, and says why. Nothing is left out unsaid."""
    if os.geteuid() != 0:
        listed = os.environ.get("PICKET_NEEDS_ROOT")
        print(f"{name}: needs root. Type: sudo {name}", file=sys.stderr)
        if listed:
            with open(listed, "a", encoding="utf-8") as file:
                file.write(f"{name}\n")
            sys.exit(0)
        sys.exit(3)
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        print(f"{name}: missing: {', '.join(missing)}. Type: sudo .ci/prepare test", file=sys.stderr)
        sys.exit(3)


def run(*command: object, ok: bool = True, text: str | None = None, seconds: int = 120) -> subprocess.CompletedProcess:
    """A command with a deadline; by default it has to end well."""
    words = " ".join(str(word) for word in command)
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds, input=text)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{words}: not done within {seconds} s") from late
    if ok and done.returncode != 0:
        raise Failed(f"{words}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def wait_for(what: str, seconds: float, condition):
    """Asks until the condition gives something, or the deadline."""
    until = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > until:
            raise Failed(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.2)


def debs(arch: str, *packages: str) -> list[pathlib.Path]:
    """The packages that `make deb` has made."""
    found = []
    for package in packages:
        files = sorted((TARGET / "debian").glob(f"{package}_*_{arch}.deb"))
        if len(files) != 1:
            raise Failed(f"{len(files)} packages {package} for {arch} in {TARGET}/debian; make one by deploy/build-debs --arch {arch}")
        found.append(files[0])
    return found


def newer(deb: pathlib.Path, into: pathlib.Path) -> pathlib.Path:
    """The same package with a higher version."""
    tree = into / f"{deb.stem}.tree"
    run("dpkg-deb", "--raw-extract", deb, tree)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text().splitlines()
    lines = [f"{line}+newer" if line.startswith("Version:") else line for line in lines]
    control.write_text("\n".join(lines) + "\n")
    made = into / f"{deb.stem}+newer.deb"
    run("dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, made)
    shutil.rmtree(tree)
    return made


def host_arch() -> str:
    """Debian's name of this machine's architecture."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def copy_of_root(arch: str) -> pathlib.Path:
    """A root of its own, which the caller removes."""
    root = run(HERE / "root", arch, seconds=900).stdout.strip()
    copy = pathlib.Path(tempfile.mkdtemp(prefix="picket-root-"))
    run("cp", "-a", f"{root}/.", copy)
    return copy


# What running systems and dpkg itself write besides: caches, logs, states, backups of passwd.
UNSTEADY = (
    "var/log/", "var/cache/", "var/tmp/", "var/lib/systemd/", "var/lib/dpkg/", "var/lib/dbus/",
    "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock", "etc/machine-id",
    "etc/subuid-", "etc/subgid-", "etc/resolv.conf", "var/lib/private", "etc/hostname",
    # At midnight dpkg-db-backup.timer puts dpkg's lists there.
    "var/backups/",
)  # fmt: skip


def state_of(root: pathlib.Path) -> dict[str, str]:
    """Every name below etc, usr, var, opt and srv, and what the lists of users say."""
    state = {}
    for part in ("etc", "usr", "var", "opt", "srv"):
        for folder, folders, files in os.walk(root / part):
            for name in folders + files:
                path = str((pathlib.Path(folder) / name).relative_to(root))
                picket = "picket" in path
                if picket or not path.startswith(UNSTEADY):
                    state[path] = ""
    for file in ("passwd", "group", "shadow", "gshadow"):
        state[f"etc/{file}"] = (root / "etc" / file).read_text()
    return state


def check_nothing_left(root: pathlib.Path, before: dict[str, str]) -> None:
    """A purge has left neither file nor user."""
    after = state_of(root)
    new = sorted(path for path in after if path not in before)
    gone = sorted(path for path in before if path not in after)
    other = sorted(path for path in after if path in before and after[path] != before[path])
    check(not (new or gone or other), f"a purge leaves nothing (new: {new}, gone: {gone}, changed: {other})")
    left = [path for path in ("run/picket", "etc/picket", "var/lib/picket") if (root / path).exists()]
    check(not left, f"no folder of Picket's is left {left}")


def entry(root: pathlib.Path, path: str) -> str:
    """Mode, user and group of a file in a root, by the names that the root has for them."""
    found = (root / path).lstat()
    names = []
    for file, number in (("passwd", found.st_uid), ("group", found.st_gid)):
        rows = (line.split(":") for line in (root / "etc" / file).read_text().splitlines())
        names.append(next((row[0] for row in rows if row[2] == str(number)), str(number)))
    return f"{found.st_mode & 0o7777:04o} {names[0]}:{names[1]}"
