"""The built-in model: weights, tokenizer and card beside this file, and the codec between its tokens and Python.

spec.py      a chart as the small model thinks of it: panels, layers, series
writer.py    spec -> plain canonical Python
grammar.py   every token of the compact answer
slots.py     hints -> numbered slots that an answer can point at
encode.py    spec -> tokens (for training)      decode.py   tokens -> spec (forgiving)
codec.py     the two halves of the conversation, as model/prompt.py defines them
"""
