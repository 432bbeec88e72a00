"""Mean temperature by month in two cities, as lines with markers (national climate normals).

Draws lines.png beside this file: python app/examples/lines.py
"""

from pathlib import Path

import matplotlib.pyplot as plt

months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
lisbon = [11.6, 12.7, 14.9, 15.9, 18.0, 21.2, 23.1, 23.5, 22.1, 18.8, 15.0, 12.4]
helsinki = [-3.1, -3.8, -0.6, 4.4, 10.4, 14.9, 18.1, 16.9, 12.3, 6.6, 2.4, -0.7]

fig, ax = plt.subplots(figsize=(6.8, 4.4))
ax.plot(months, lisbon, marker="o", color="#d1495b", label="Lisbon")
ax.plot(months, helsinki, marker="s", linestyle="--", color="#00798c", label="Helsinki")
ax.set_title("Mean temperature by month")
ax.set_ylabel("Temperature (°C)")
ax.set_ylim(-5, 30)
ax.grid(True, linestyle=":", alpha=0.7)
ax.legend(loc="upper left")
fig.tight_layout()
fig.savefig(Path(__file__).with_suffix(".png"), dpi=105)
