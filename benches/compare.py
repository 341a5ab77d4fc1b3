#!/usr/bin/env python3
"""Measures commands in turns on the same files: ztlint, what it does at least, and its peers.

    benches/compare.py FOLDER [--only NAME,…] [--with NAME=PATH] [--command NAME=WORDS]
                       [--files GLOB] [--runs N] [--once SECONDS] [--timeout SECONDS]
    benches/compare.py FOLDER --reach [--with NAME=PATH] [--runs N]

The first form prints seconds of all processors together (those of a command's own processes
included), seconds by the clock, and the peak memory of the largest process, never less than this
script's own: medians, and ratios to the first command, after one run that only warms caches.
Commands take turns. One that needs longer than --once is not repeated.

  ztlint, ztlint-strict   `ztlint check`, with the default and with every rule
  floor, parse            `passes`: files read, checked for UTF-8 and cut into lines; files parsed by
                          the library parsers (`cargo build --release --example passes`)
  checkov, trivy, kube-linter, tfsec   with their usual flags, without the network

Without --only, all that are found: in PATH, in target/release, or where --with says. --command adds
one of your own; `{tree}` in it is the folder.

Aims: ztlint takes at most 1.5 times as long as parse, and 6 times as long as floor where most of the
bytes are YAML; 1/150 of Checkov's processor time; less than each of the others by both measures; and
at most three times the input and 30 MB of memory.

The second form (--reach) measures ztlint alone. Aims: a file of 4 KB in a folder of its own within
5 ms; two threads 1.8 times as fast as one; ten copies of FOLDER, each a root, within 10.5 times the
time of one; 25,000 findings written as SARIF and for people in no more time than finding them takes.

For an idle machine and release builds. Exit code 1 when an aim is missed.
"""

import argparse
import collections
import fnmatch
import os
import pathlib
import re
import shlex
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent.parent / "target" / "release"
OWN = {"ztlint": HERE / "ztlint", "passes": HERE / "examples" / "passes"}

# Program and words of a command.
PRESETS = {
    "ztlint": ("ztlint", "check {tree} --format json"),
    "ztlint-strict": ("ztlint", "check {tree} --format json --profile strict"),
    "floor": ("passes", "floor {tree}"),
    "parse": ("passes", "parse {tree}"),
    "checkov": ("checkov", "--directory {tree} --framework kubernetes terraform --output json "
                           "--quiet --compact --skip-download"),
    "trivy": ("trivy", "config --format json --quiet --misconfig-scanners kubernetes,terraform "
                       "--skip-check-update --skip-version-check --timeout 1h {tree}"),
    "kube-linter": ("kube-linter", "lint --format json {tree}"),
    "tfsec": ("tfsec", "--format json --no-colour --no-module-downloads --force-all-dirs "
                       "--ignore-hcl-errors {tree}"),
}
COMPILED = ("trivy", "kube-linter", "tfsec")

# Seconds of all processors, seconds by the clock, peak memory in MB, exit code (none: stopped).
Run = collections.namedtuple("Run", "cpu wall memory code")

WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: team-{team}
spec:
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      hostNetwork: true
      hostPID: true
      containers:
        - name: app
          image: registry.test/{name}:latest
          securityContext: {{privileged: true, runAsUser: 0}}
          ports: [{{containerPort: 8080}}]
        - name: side
          image: registry.test/side
          securityContext: {{privileged: true, runAsUser: 0}}
      volumes:
        - name: host
          hostPath: {{path: /}}
"""


def run(words, limit=None, output=os.devnull):
    """One run of a command; what it says goes to `output`, and its errors nowhere."""
    to = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
          (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
          (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    child = os.posix_spawn(words[0], words, os.environ, file_actions=to, setpgroup=0)
    late = threading.Event()

    def stop():
        late.set()
        os.killpg(child, signal.SIGKILL)

    timer = threading.Timer(limit, stop) if limit else None
    if timer:
        timer.start()
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    if timer:
        timer.cancel()
    code = None if late.is_set() else os.waitstatus_to_exitcode(status)
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024 / 1e6, code)


def in_turns(commands, runs, once=60, limit=None):
    """Medians of the runs of each command and how many there were; by name, in the order given."""
    taken, warm = {name: [] for name in commands}, set()
    for _ in range(runs + 1):
        for name, words in commands.items():
            if name in warm and taken[name] and taken[name][0].wall > once:
                continue
            one = run(words, limit)
            if name not in warm and one.wall <= once:
                warm.add(name)
                continue
            warm.add(name)
            taken[name].append(one)
    return {name: (Run(*(statistics.median(one[part] for one in some) for part in range(3)),
                       some[-1].code), len(some))
            for name, some in taken.items()}


def table(medians):
    """Prints them with ratios to the first."""
    unit = next(iter(medians.values()))[0]
    print(f"{'command':16}{'CPU s':>9}{'ratio':>8}{'wall s':>9}{'ratio':>8}{'peak MB':>9}"
          f"{'runs':>6}{'exit':>6}")
    for name, (one, runs) in medians.items():
        code = "late" if one.code is None else one.code
        print(f"{name:16}{one.cpu:9.3f}{one.cpu / unit.cpu:8.2f}{one.wall:9.3f}"
              f"{one.wall / unit.wall:8.2f}{one.memory:9.1f}{runs:6}{code:>6}")


class Aims:
    """What was to be reached, and whether it is."""

    def __init__(self):
        self.missed = False

    def at_most(self, what, value, bound, unit=""):
        self.say(what, value, bound, unit, "at most", value <= bound)

    def at_least(self, what, value, bound, unit=""):
        self.say(what, value, bound, unit, "at least", value >= bound)

    def say(self, what, value, bound, unit, word, met):
        self.missed |= not met
        verdict = "met" if met else "missed"
        print(f"{verdict:8}{what}: {value:.2f}{unit} (aim: {word} {bound:.2f}{unit})")


def worse(one, other):
    """How many times as long one run takes as another, by the measure that says more."""
    return max(one.cpu / other.cpu, one.wall / other.wall)


def found(program, given):
    """The path of a program, if there is one."""
    path = given.get(program) or shutil.which(program) or OWN.get(program)
    return os.path.abspath(path) if path and os.path.exists(path) else None


def whole(tree, args, given, own):
    """The first form."""
    tree = pathlib.Path(tree)
    commands = {}
    for name in args.only or PRESETS:
        if name not in PRESETS:
            sys.exit(f"{name}: known are {', '.join(PRESETS)}; --command adds others")
        program, words = PRESETS[name]
        path = found(program, given)
        if path:
            commands[name] = [path, *filled(words, tree)]
        elif args.only:
            sys.exit(f"{program}: not found; --with {program}=PATH says where it is")
    for name, words in own:
        commands[name] = filled(words, tree)
        commands[name][0] = shutil.which(commands[name][0]) or commands[name][0]
    if len(commands) < 2:
        sys.exit("two commands are needed; --with and --command say where they are")
    medians = in_turns(commands, args.runs, args.once, args.timeout)
    table(medians)
    aims = Aims()
    ran = {name: one for name, (one, _) in medians.items()}
    lint = ran.get("ztlint") or ran.get("ztlint-strict")
    if not lint:
        return aims
    if "parse" in ran:
        aims.at_most("ztlint, as often as parse", worse(lint, ran["parse"]), 1.5)
    if "floor" in ran:
        ratio = worse(lint, ran["floor"])
        if mostly_yaml(tree):
            aims.at_most("ztlint, as often as floor", ratio, 6)
        else:
            print(f"{'':8}ztlint, as often as floor: {ratio:.2f}")
        with tempfile.NamedTemporaryFile("r") as said:
            run(commands["floor"], output=said.name)
            size = int(re.search(r"(\d+) bytes", said.read()).group(1)) / 1e6
        aims.at_most(f"peak memory for {size:.1f} MB", lint.memory, 3 * size + 30, " MB")
    if "checkov" in ran:
        aims.at_least("CPU of checkov, as often as ztlint", ran["checkov"].cpu / lint.cpu, 150)
    for name in COMPILED:
        if name in ran:
            least = 1 / worse(lint, ran[name])
            aims.at_least(f"{name}, as often as ztlint", least, 1)
    return aims


def filled(words, tree):
    return [word.replace("{tree}", str(tree)) for word in shlex.split(words)]


def mostly_yaml(tree):
    sizes = collections.Counter()
    for path in tree.rglob("*"):
        if path.is_file() and not path.is_symlink():
            sizes[path.suffix] += path.stat().st_size
    return sizes[".yaml"] + sizes[".yml"] > sizes[".tf"]


def reach(tree, args, given):
    """The second form."""
    ztlint = found("ztlint", given)
    if not ztlint:
        sys.exit("ztlint: not found; --with ztlint=PATH says where it is")
    check, aims = [ztlint, "check", "--profile", "strict"], Aims()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        small = folder / "small"
        small.mkdir()
        text = "---\n".join(WORKLOAD.format(name=f"app-{n}", team=n) for n in range(6))
        (small / "app.yaml").write_text(text + "#" * (4095 - len(text)) + "\n")
        commands = {"one file of 4 KB": [*check, str(small / "app.yaml")],
                    "nothing": [shutil.which("true")]}
        medians = in_turns(commands, max(args.runs, 15))
        table(medians)
        took = 1000 * medians["one file of 4 KB"][0].wall
        aims.at_most("one file of 4 KB", took, 5, " ms")

        commands = {f"{jobs} threads": [*check, tree, "--format", "concise", "--jobs", str(jobs)]
                    for jobs in (2, 1)}
        medians = in_turns(commands, args.runs)
        table(medians)
        ratio = medians["1 threads"][0].wall / medians["2 threads"][0].wall
        aims.at_least("two threads, as fast as one", ratio, 1.8)

        commands = {}
        for count in (1, 10):
            roots = [f"copy-{n}" for n in range(count)]
            home = folder / f"{count}"
            for root in roots:
                shutil.copytree(tree, home / root, symlinks=True)
            quoted = ", ".join(f'"{root}"' for root in roots)
            (home / "ztlint.toml").write_text(f"[project]\nroots = [{quoted}]\n")
            words = [*check, str(home), "--format", "concise"]
            commands["one copy" if count == 1 else "ten copies"] = words
        medians = in_turns(commands, args.runs)
        table(medians)
        ratio = worse(medians["ten copies"][0], medians["one copy"][0])
        aims.at_most("ten copies, as often as one", ratio, 10.5)

        many = folder / "many"
        many.mkdir()
        for n in range(2_100):
            (many / f"app-{n}.yaml").write_text(WORKLOAD.format(name=f"app-{n}", team=n % 40))
        lines = folder / "lines"
        run([*check, str(many), "--format", "concise"], output=str(lines))
        count = len(lines.read_text().splitlines())
        commands = {form: [*check, str(many), "--format", form]
                    for form in ("concise", "human", "sarif")}
        medians = in_turns(commands, args.runs)
        table(medians)
        # What the shortest format costs counts as finding: it is little.
        lint = medians["concise"][0]
        aims.at_least("findings", count, 25_000)
        for form in ("human", "sarif"):
            written = worse(medians[form][0], lint) - 1
            aims.at_most(f"{form}, as often as finding", written, 1)
    return aims


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="compare.py [options] FOLDER")
    parser.add_argument("tree", metavar="FOLDER")
    parser.add_argument("--reach", action="store_true", help="the second form")
    parser.add_argument("--only", type=lambda text: text.split(","), metavar="NAME,…")
    parser.add_argument("--with", dest="programs", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--command", action="append", default=[], metavar="NAME=WORDS")
    parser.add_argument("--files", action="append", default=[], metavar="GLOB",
                        help="only files whose names match, in a copy of FOLDER; may be repeated")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--once", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--timeout", type=float, default=1800, metavar="SECONDS")
    args = parser.parse_args()
    given = dict(pair.split("=", 1) for pair in args.programs)
    own = [pair.split("=", 1) for pair in args.command]
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, medians of {args.runs} runs")
    with tempfile.TemporaryDirectory() as copy:
        tree = args.tree
        if args.files:
            def others(folder, names):
                return [name for name in names if not os.path.isdir(os.path.join(folder, name))
                        and not any(fnmatch.fnmatch(name, glob) for glob in args.files)]
            tree = os.path.join(copy, "tree")
            shutil.copytree(args.tree, tree, symlinks=True, ignore=others)
        aims = reach(tree, args, given) if args.reach else whole(tree, args, given, own)
    return 1 if aims.missed else 0


if __name__ == "__main__":
    sys.exit(main())
