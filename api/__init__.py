"""The HTTP service over the studies of one database: pages for people under `/`, JSON for programs under `/api/v1`.

A route parses, calls `synth`, renders; nothing is decided here that the command line would need too. Everything is made
by `create_app(settings)`, without globals. The promises are those of docs/api.md: a decision that was taken on an older
version of a claim is refused with both versions, and no participant's word reaches a log.
"""
