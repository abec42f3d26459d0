"""The record of everything that happened: proven, taken away, and proven again where it was taken to."""
