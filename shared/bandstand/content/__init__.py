"""What all kinds of content share: pure functions and abstract models. It knows no kind."""
