"""Runs untrusted chart programs and brings back an outcome, a picture and facts.

    with Sandbox() as sandbox:
        execution = sandbox.run("import matplotlib.pyplot as plt\\nplt.bar(['a', 'b'], [1, 2])")

host.py starts and supervises; zygote.py is the fork server that it starts; confine.py holds the kernel's layers;
facts.py reads the live figure inside the child. Importing this package imports neither matplotlib nor pandas.
"""

from model.sandbox.host import Sandbox
from model.sandbox.limits import LayerReport, Level, Proof, SandboxLimits, SandboxReport

__all__ = ["LayerReport", "Level", "Proof", "Sandbox", "SandboxLimits", "SandboxReport"]
