"""Measurements of reliability: is the plan the same again, in time, there at a stop, there at once?"""
