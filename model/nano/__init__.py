"""The built-in model: weights, tokenizer and card beside this file, and the codec between its tokens and Python.

The model chooses and points, classical code reads and writes:

sight.py     everything known of a picture before the model is asked: slots.py numbers its texts and paints
asking.py    sight -> the question's tokens         grammar.py   every token there is
decode.py    answer -> spec.py, a chart in data units; a panel's layers by series.py, what does not fit by fitting.py
measure.py   values that the answer calls "seen", read off the pixels (bars.py, curves.py, marks.py, panel.py);
             printed.py those that stand written, places.py and axismap.py where things stand along an axis
writer.py    spec -> plain canonical Python (writing/)
encode.py    spec -> the right answer, for training (layers.py, drawn.py)
codec.py     the two halves of the conversation, as model/prompt.py defines them
"""
