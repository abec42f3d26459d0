"""The operator console: a client of the API, drawn with Streamlit. It opens no store, no index and no graph."""
