"""The parts of writer.py: how each kind of layer, and the panel around it, is said in matplotlib.

literals.py  numbers, texts and calls as Python source; the options that most calls share
fitting.py   odd specs -> drawable ones, so that the files below need no guards; the axes that a panel needs
panel.py     one panel: its layers, rules, notes, axes, legend
bars.py  curves.py  spreads.py  fields.py    layers on ordinary axes
rounds.py  solids.py  diagrams.py            layers on round axes, in three dimensions, and without axes
"""
