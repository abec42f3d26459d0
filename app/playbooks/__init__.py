"""From a diagnosis to one proposal: which treatment, with which arguments, for whom, in which order, promising what;
and to the plan of several steps that it is a part of, and what is to be done next about that.
Pure.
"""
