"""The made-up people: who they are, which doors they came to, what each door holds of them."""
