"""The door of the console: `python -m streamlit run streamlit_app.py`, or `python -m app console`."""

from app.console.main import run

run()
