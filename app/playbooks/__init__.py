"""From a diagnosis to one proposal: which treatment, with which arguments, for whom, in which order, promising what.
Pure.
"""
