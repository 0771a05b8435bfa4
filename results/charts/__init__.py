"""The charts of a report, each declared once with Vega-Altair as a function from plain data to a specification."""
