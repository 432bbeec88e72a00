"""Petals of three iris species, drawn as a scatter plot (every third flower of R. A. Fisher's table of 1936).

Draws scatter.png beside this file: python app/examples/scatter.py
"""

from pathlib import Path

import matplotlib.pyplot as plt

petals = {
    "setosa": (
        [1.4, 1.5, 1.4, 1.5, 1.4, 1.5, 1.7, 1.5, 1.9, 1.5, 1.6, 1.4, 1.3, 1.5, 1.3, 1.4, 1.5],
        [0.2, 0.2, 0.3, 0.1, 0.1, 0.4, 0.3, 0.4, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.2],
    ),
    "versicolor": (
        [4.7, 4.0, 4.7, 3.9, 4.0, 4.4, 4.5, 4.0, 4.3, 5.0, 3.8, 5.1, 4.7, 4.0, 4.0, 4.2, 3.0],
        [1.4, 1.3, 1.6, 1.4, 1.0, 1.4, 1.5, 1.3, 1.3, 1.7, 1.1, 1.6, 1.5, 1.3, 1.2, 1.2, 1.1],
    ),
    "virginica": (
        [6.0, 5.6, 4.5, 6.1, 5.5, 5.3, 6.9, 4.9, 5.7, 4.9, 6.1, 5.1, 5.6, 5.4, 5.1, 5.2, 5.4],
        [2.5, 1.8, 1.7, 2.5, 2.1, 2.3, 2.3, 2.0, 2.1, 1.8, 1.9, 1.5, 2.4, 2.1, 1.9, 2.3, 2.3],
    ),
}
markers = {"setosa": "o", "versicolor": "^", "virginica": "D"}
colours = {"setosa": "#4c72b0", "versicolor": "#dd8452", "virginica": "#55a868"}

fig, ax = plt.subplots(figsize=(6, 4.6))
for species, (length, width) in petals.items():
    ax.scatter(length, width, marker=markers[species], color=colours[species], s=46, alpha=0.8, label=species)
ax.set_xlabel("Petal length (cm)")
ax.set_ylabel("Petal width (cm)")
ax.set_title("Iris petals by species")
ax.legend(loc="lower right", frameon=False)
fig.tight_layout()
fig.savefig(Path(__file__).with_suffix(".png"), dpi=110)
