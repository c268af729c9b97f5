"""What all kinds of content share: pure functions and abstract models, independent of any concrete kind."""
