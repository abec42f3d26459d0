"""The loop: observe, reason, decide, approve, act, verify, learn, as one LangGraph graph with one gate."""
