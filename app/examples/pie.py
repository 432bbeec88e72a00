"""What the Earth's crust is made of, as a pie chart (shares by mass, CRC Handbook).

Draws pie.png beside this file: python app/examples/pie.py
"""

from pathlib import Path

import matplotlib.pyplot as plt

elements = ["Oxygen", "Silicon", "Aluminium", "Iron", "Calcium", "Other"]
share = [46.1, 28.2, 8.2, 5.6, 4.2, 7.7]
colours = ["#264653", "#2a9d8f", "#8ab17d", "#e9c46a", "#f4a261", "#e76f51"]

fig, ax = plt.subplots(figsize=(5.6, 4.6))
ax.pie(
    share,
    labels=elements,
    colors=colours,
    autopct="%.1f%%",
    startangle=90,
    counterclock=False,
    wedgeprops={"edgecolor": "white"},
)
ax.set_title("Elements in the Earth's crust")
fig.tight_layout()
fig.savefig(Path(__file__).with_suffix(".png"), dpi=110)
