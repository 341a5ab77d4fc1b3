#!/usr/bin/env python3
"""Compares `ztlint graph` with outputs of netpol-analyzer.

    benches/netpol_analyzer.py FOLDER [--ztlint PATH] [--verbose]

FOLDER holds `cases.json` (a list of `{case, kind, expected}`, kind `connlist` or `exposure`),
`cases/<case>/` with manifests, and the expected outputs. That tool evaluates a closed world over
IPv4 and names peers `namespace/name[Kind]` (the kind and name of the owner, where a pod has one)
or `low-high[External]`; pods on their node's network are ordinary pods to it. So every namespace is
configured as closed, `hostNetwork` is taken out of the manifests, and the edge list is projected:
allowed edges only, IPv6 left out, pods of one owner joined, neighbouring ranges with the same ports
joined on both sides. `exposure` outputs also list workloads that no policy is for: the edge list and
the findings of ZT-NET-001 and ZT-NET-002 must name the same.

Cases with kinds that ztlint does not model are left out, by the kinds in them, and listed.
Exit code 1 when a case differs.
"""

import argparse
import ipaddress
import json
import pathlib
import re
import subprocess
import sys
import tempfile

FOREIGN = {
    "UserDefinedNetwork", "ClusterUserDefinedNetwork", "NetworkAttachmentDefinition",
    "MultiNetworkPolicy", "VirtualMachine", "VirtualMachineInstance",
}
CONFIG = "[kubernetes]\nclosed-namespaces = [\"*\"]\n"
PROTOCOLS = ("SCTP", "TCP", "UDP")
ALL = {protocol: [(1, 65535)] for protocol in PROTOCOLS}


def joined(ranges):
    result = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result


def ports_text(ports):
    ports = {protocol: joined(ranges) for protocol, ranges in ports.items() if ranges}
    if ports == ALL:
        return "All Connections"
    texts = []
    for protocol in PROTOCOLS:
        if protocol in ports:
            ranges = [str(a) if a == b else f"{a}-{b}" for a, b in ports[protocol]]
            texts.append(f"{protocol} {','.join(ranges)}")
    return ",".join(texts)


def address(text):
    low, high = text.split("-")
    return int(ipaddress.ip_address(low)), int(ipaddress.ip_address(high))


def edge_set(edges):
    """Edges as texts; neighbouring ranges of addresses with the same ports joined."""
    outside, result = {}, set()
    for (source, target), ports in edges.items():
        for end, other in ((source, target), (target, source)):
            if end.endswith("[External]"):
                key = (other, end is source, ports)
                outside.setdefault(key, []).append(address(end.removesuffix("[External]")))
                break
        else:
            result.add(f"{source} => {target} : {ports}")
    for (other, inward, ports), ranges in outside.items():
        for low, high in joined(ranges):
            end = f"{ipaddress.ip_address(low)}-{ipaddress.ip_address(high)}[External]"
            ends = (end, other) if inward else (other, end)
            result.add(f"{ends[0]} => {ends[1]} : {ports}")
    return result


def expected(text):
    edges, free = {}, set()
    head = text.split("Exposure Analysis Result:")[0]
    for line in head.splitlines():
        if match := re.fullmatch(r"(\S.*) => (.*) : (.*)", line):
            edges[match[1], match[2]] = match[3]
    for match in re.finditer(r"^(\S+) is not protected on (\w+)$", text, re.M):
        free.add(f"{match[1]} {match[2].lower()}")
    return edge_set(edges), free


def projected(document):
    edges, free, isolated = {}, set(), set()
    for root in document["roots"]:
        peers = {"ingress-controller": "{ingress-controller}"}
        for workload in root["workloads"]:
            name, kind = workload["name"].split("[")[0], workload["kind"]
            owner = workload.get("owner")
            if owner and owner["kind"] != "Node":
                name = f"{name.split('/')[0]}/{owner['name']}"
                kind = owner["kind"] or kind
            peer = peers[workload["name"]] = f"{name}[{kind}]"
            for side, said in workload["isolated"].items():
                (free if said == "no" else isolated).add(f"{peer} {side.lower()}")
        for edge in root["edges"] + root["entries"]:
            if edge["verdict"] != "allowed":
                continue
            ends = []
            for end in (edge["from"], edge["to"]):
                if end in peers:
                    ends.append(peers[end])
                elif "-" in end and ":" not in end and end[0].isdigit():
                    ends.append(f"{end}[External]")
            if len(ends) < 2 or ends[0] == ends[1]:
                continue
            known = edges.setdefault(tuple(ends), {})
            every = edge["protocol"] == "any"
            for protocol in PROTOCOLS if every else (edge["protocol"],):
                known.setdefault(protocol, []).extend(map(tuple, edge["ports"]))
    return edge_set({ends: ports_text(ports) for ends, ports in edges.items()}), free - isolated


def reported(document, findings):
    """The workloads that findings about missing policies name, as peers."""
    peers = {}
    for root in document["roots"]:
        for workload in root["workloads"]:
            name, kind = workload["name"].split("[")[0], workload["kind"]
            owner = workload.get("owner")
            peer = f"{name}[{kind}]"
            if owner and owner["kind"] != "Node":
                peer = f"{name.split('/')[0]}/{owner['name']}[{owner['kind'] or kind}]"
            peers.setdefault(name, set()).add(peer)
    found = set()
    for finding in findings["findings"]:
        for label in finding["labels"]:
            match = re.fullmatch(r"no network policy is for the (\w+) of `(.*)`", label["text"])
            if match:
                found.update(f"{peer} {match[1]}" for peer in peers[match[2]])
    return found


def kinds(folder):
    found = set()
    for path in folder.rglob("*"):
        if path.suffix in (".yaml", ".yml", ".json"):
            found.update(re.findall(r"^[ \t-]*\"?kind\"?: *\"?(\w+)", path.read_text(), re.M))
    return found


def copied(folder, target):
    """The manifests, with every pod off its node's network."""
    for path in folder.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text()
            copy.write_text(re.sub(r"(hostNetwork\"?: *)true", r"\1false", text))
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--ztlint", default="ztlint")
    parser.add_argument("--verbose", action="store_true", help="print every difference")
    args = parser.parse_args()
    equal, differing, left_out = 0, [], {}
    with tempfile.TemporaryDirectory() as scratch:
        config = pathlib.Path(scratch) / "config" / "ztlint.toml"
        config.parent.mkdir()
        config.write_text(CONFIG)
        for case in json.loads((args.folder / "cases.json").read_text()):
            folder = args.folder / "cases" / case["case"]
            if foreign := kinds(folder) & FOREIGN:
                left_out[f"{case['case']} {case['kind']}"] = sorted(foreign)
                continue
            copy = copied(folder, pathlib.Path(scratch) / "cases" / case["case"] / case["kind"])
            command = [args.ztlint, "graph", copy, "--format", "json", "--config", config]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            edges, free = projected(json.loads(run.stdout or '{"roots": []}'))
            wanted, wanted_free = expected((args.folder / case["expected"]).read_text())
            if case["kind"] == "exposure":
                rules = ["--select", "ZT-NET-001,ZT-NET-621,ZT-NET-002", "--exit-zero"]
                command = [args.ztlint, "check", copy, "--format", "json", "--config", config]
                check = subprocess.run(command + rules, capture_output=True, text=True, check=False)
                said = reported(json.loads(run.stdout), json.loads(check.stdout))
                edges |= free | {f"finding: {one}" for one in said}
                wanted |= wanted_free | {f"finding: {one}" for one in wanted_free}
            if edges == wanted:
                equal += 1
                continue
            differing.append(f"{case['case']} {case['kind']}")
            missing, extra = sorted(wanted - edges), sorted(edges - wanted)
            print(f"{differing[-1]}: {len(missing)} missing, {len(extra)} too many")
            shown = None if args.verbose else 3
            for mark, lines in (("-", missing), ("+", extra)):
                for line in lines[:shown]:
                    print(f"  {mark} {line}")
            for line in run.stderr.splitlines()[:3]:
                print(f"  ! {line}")
    for name, foreign in left_out.items():
        print(f"left out: {name} ({', '.join(foreign)})")
    total = equal + len(differing) + len(left_out)
    print(f"{equal} equal, {len(differing)} different, {len(left_out)} left out, of {total}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
