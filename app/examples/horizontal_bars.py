"""Mean density of the planets, drawn as a horizontal bar chart (figures: NASA planetary fact sheet).

Draws horizontal_bars.png beside this file: python app/examples/horizontal_bars.py
"""

from pathlib import Path

import matplotlib.pyplot as plt

planets = ["Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"]
density = [5.43, 5.24, 5.51, 3.93, 1.33, 0.69, 1.27, 1.64]

fig, ax = plt.subplots(figsize=(6.4, 4.4))
ax.barh(planets[::-1], density[::-1], color="#3b7ea1", height=0.68)
ax.set_title("Rock is dense, gas is not", loc="left", fontsize=14)
ax.set_xlabel("Mean density (g/cm³)")
ax.set_xlim(0, 6)
ax.spines[["top", "right", "left"]].set_visible(False)
ax.tick_params(left=False)
ax.grid(axis="x", color="#dddddd", linewidth=0.8)
ax.set_axisbelow(True)
fig.tight_layout()
fig.savefig(Path(__file__).with_suffix(".png"), dpi=110)
