"""Recorded SPINE traffic for people: readable datagrams and plots."""
