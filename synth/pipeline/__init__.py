"""Runs the steps over a study, resumes, reports progress: what the command line and the web call.

Nothing here decides how a step is done; the steps are values in, values out, and this is where they meet files, the
store and the analyst. Nothing is imported here: a run should not wait for what it does not use.
"""
