"""The forms that a passport fills: one YAML file each, reviewed like an agreement.

A file is named for its form's id. `questions` has the field of a category, and the question that it
answers, in the order in which they are asked.
"""
