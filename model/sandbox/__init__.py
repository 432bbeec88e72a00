"""Runs untrusted chart programs and brings back an outcome, a picture and facts.

    with Sandbox() as sandbox:
        execution = sandbox.run("import matplotlib.pyplot as plt\\nplt.bar(['a', 'b'], [1, 2])")

On the host: host.py (pool), keeper.py (one server), verdict.py (what comes back), sheet.py (result channel), wire.py
(facts). In the fork server: zygote.py, server.py, preload.py, folder.py. In a program's child: child.py, confine.py
with landlock.py, seccomp.py and namespaces.py, figures.py, facts.py with trace.py, explain.py, ending.py.
proofs.py tries to break out. Importing this package imports neither matplotlib nor pandas.

What remains possible inside a child: a program shares its process with the code that reports about it, so one that goes
as far as writing to raw memory can forge its own figure and facts, and no other's; it can learn that a path outside
exists; it can use its limits to the full. What it cannot reach is listed, and tried, by proofs.py.
"""

from model.sandbox.host import Sandbox
from model.sandbox.limits import LayerReport, Level, Proof, SandboxLimits, SandboxReport

__all__ = ["LayerReport", "Level", "Proof", "Sandbox", "SandboxLimits", "SandboxReport"]
