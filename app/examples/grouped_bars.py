"""Medals of four teams at the 2024 Summer Olympics as grouped bars, in ggplot style (source: IOC).

Draws grouped_bars.png beside this file: python app/examples/grouped_bars.py
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

plt.style.use("ggplot")

teams = ["United States", "China", "Japan", "Australia"]
medals = {"Gold": [40, 40, 20, 18], "Silver": [44, 27, 12, 19], "Bronze": [42, 24, 13, 16]}
colours = {"Gold": "#d4af37", "Silver": "#9aa5b1", "Bronze": "#b0703c"}

x = np.arange(len(teams))
fig, ax = plt.subplots(figsize=(7, 4.4))
for i, (medal, counts) in enumerate(medals.items()):
    ax.bar(x + (i - 1) * 0.26, counts, width=0.26, color=colours[medal], label=medal)
ax.set_xticks(x, teams)
ax.set_ylabel("Medals")
ax.set_title("Paris 2024")
ax.legend(title="Medal")
fig.tight_layout()
fig.savefig(Path(__file__).with_suffix(".png"), dpi=105)
