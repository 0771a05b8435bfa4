"""Strategies and tasks that live outside: a service hands their questions to whoever answers them."""
