"""The page. Gradio lives here and nowhere else; decisions live in app/service.py."""
