"""The agent in simulated worlds: scenarios lived through, the demo, and what a trial showed. No use case of the product
imports it.
"""
