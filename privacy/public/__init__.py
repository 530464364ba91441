"""The public pages: what the firm tells people, and how they say no.

They change nothing but by POST, need no account and no script, are the same in both languages,
and load nothing from another host (DESIGN 18; S82).
"""
