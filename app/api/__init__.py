"""The HTTP door: reads requests strictly, calls one use case each, and renders values and errors in one shape."""
