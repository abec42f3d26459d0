"""The door of the console: `python -m app console`, or `streamlit run streamlit_app.py`, which finds the guarded server
by its name, `app`.
"""

import streamlit as st

if __name__ == "__main__":
    from app.console.main import run_console

    run_console()
else:
    from app.console.door import guard

    app = st.App(__file__, middleware=guard())
